// Attachments: files may be dropped in the frame around their field, go at
// once, and show how far they are. Without a script the form is sent as it is.
const upload = (target) => target.closest?.('[data-upload]');

for (const [name, is] of [['dragover', true], ['dragleave', false], ['drop', false]]) {
  document.addEventListener(name, (event) => {
    const form = upload(event.target);
    if (!form) return;
    event.preventDefault();
    form.classList.toggle('over', is);
    if (name !== 'drop' || event.dataTransfer.files.length === 0) return;
    form.elements.file.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

document.addEventListener('change', (event) => {
  const form = upload(event.target);
  if (form && event.target.files?.length) form.requestSubmit();
});

document.addEventListener('submit', (event) => {
  const form = upload(event.target);
  if (!form) return;
  event.preventDefault();
  if (form.dataset.going) return;
  form.dataset.going = 'yes';
  const told = form.querySelector('[data-progress]');
  const bar = told.querySelector('progress');
  const text = told.querySelector('span');
  const request = new XMLHttpRequest();
  const stopped = () => {
    text.textContent = form.dataset.failed;
    bar.hidden = true;
    delete form.dataset.going;
    form.elements.file.value = '';
  };
  request.upload.addEventListener('progress', ({ loaded, total }) => {
    bar.value = total ? (loaded * 100) / total : 0;
    text.textContent = `${form.dataset.busy} ${Math.floor(bar.value)}%`;
  });
  request.addEventListener('error', stopped);
  request.addEventListener('load', () => {
    // The answer is the record's page, or the list with what was refused: its attachments take the place of these.
    const page = new DOMParser().parseFromString(request.responseText, 'text/html');
    const fresh = page.getElementById('attachments');
    if (!fresh) return stopped();
    document.getElementById('attachments').replaceWith(document.adoptNode(fresh));
    fresh.focus({ preventScroll: true });
  });
  bar.hidden = false;
  told.hidden = false;
  text.textContent = form.dataset.busy;
  request.open('POST', form.action);
  request.send(new FormData(form));
});
