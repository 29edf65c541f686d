// Comfort on top of pages that work without it.
import 'htmx.org';
import './shares.js';
import './rows.js';
import './draft.js';
import './files.js';
import './money.js';
import './people.js';
import './conditions.js';
import './answers.js';
import './keys.js';
import './png.js';
import './popups.js';
import './print.js';

// A select that is the only choice of its form sends the form when it changes.
document.addEventListener('change', (event) => {
  if (event.target.matches('[data-submit]')) event.target.form.requestSubmit();
});

// What only explains begins folded on a phone.
if (window.matchMedia('(max-width: 860px)').matches) {
  for (const part of document.querySelectorAll('details[data-fold]')) part.open = false;
}

// A form that makes something is sent once, however often its button is clicked.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.matches('[data-once]')) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = 'yes';
});
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('[data-sent]')) delete form.dataset.sent;
});

// Files may be dropped anywhere in the frame around their field; the names chosen are told.
for (const drop of document.querySelectorAll('[data-drop]')) {
  const input = drop.querySelector('input[type=file]');
  const list = drop.querySelector('[data-files]');
  const over = (is) => (event) => { event.preventDefault(); drop.classList.toggle('over', is); };
  drop.addEventListener('dragover', over(true));
  drop.addEventListener('dragleave', over(false));
  drop.addEventListener('drop', (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change'));
  });
  input.addEventListener('change', () => {
    list.replaceChildren(...[...input.files].map((file) => Object.assign(document.createElement('li'), { textContent: file.name })));
    list.hidden = input.files.length < 2;
  });
}
