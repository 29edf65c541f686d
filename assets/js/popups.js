// Pop-ups are <details>: they work without a script. With it, Esc and a click beside them close
// them, and opening one closes the others.
const popups = 'details.pick, details.remove, details.unmask, details.correct, details.help-menu';
const open = () => [...document.querySelectorAll(popups)].filter((popup) => popup.open);

// What holds something typed or a fault stays until it is closed on purpose.
const isTyped = (popup) => [...popup.querySelectorAll('input, textarea')].some((field) => (
  field.type !== 'hidden' && field.type !== 'checkbox' && field.value !== field.defaultValue
));

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.isComposing) return;
  const popup = open().filter((each) => each.contains(document.activeElement)).pop() ?? open().pop();
  if (!popup) return;
  event.preventDefault();
  popup.open = false;
  popup.querySelector('summary').focus();
});

document.addEventListener('click', (event) => {
  for (const popup of open()) {
    if (!popup.contains(event.target) && !isTyped(popup)) popup.open = false;
  }
});
