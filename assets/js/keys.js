// Ctrl+S and Ctrl+Enter (on a Mac with the command key) do what the main button of a form does: that of the
// form somebody is in, or of the only one that the page has.
const button = (form) => [...form.elements].find((element) => element.matches('button.btn-primary') && !element.disabled);
const main = document.getElementById('content');
const forms = () => [...main.querySelectorAll('form[method=post]')].filter((form) => button(form));

for (const form of forms()) {
  const primary = button(form);
  primary.setAttribute('aria-keyshortcuts', 'Control+S Control+Enter');
  primary.title ||= main.dataset.keys;
}

document.addEventListener('keydown', (event) => {
  const isSave = event.key.toLowerCase() === 's' || event.key === 'Enter';
  if (!isSave || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing) return;
  const here = document.activeElement?.closest('form');
  const all = forms();
  const form = all.find((each) => each === here) ?? (here || all.length > 1 ? undefined : all[0]);
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(button(form));
});
