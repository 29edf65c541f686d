// “Not applicable” beside a field: the reason is asked for when the box is ticked, and the value then is not. Without a
// script both are there, and the server says so when both are filled in.
const follow = (part) => {
  const box = part.querySelector('input[type=checkbox]');
  const reason = part.querySelector('input:not([type=checkbox])');
  reason.hidden = reason.disabled = !box.checked;
  const others = part.closest('.field').querySelectorAll('input, select, textarea');
  for (const input of others) if (!part.contains(input)) input.disabled = box.checked;
};

for (const part of document.querySelectorAll('[data-not-applicable]')) {
  const box = part.querySelector('input[type=checkbox]');
  // A value that is there already is shown beside the box until somebody chooses.
  const others = [...part.closest('.field').querySelectorAll('input, select, textarea')];
  const isBoth = box.checked && others.some((input) => !part.contains(input) && input.type !== 'radio' && input.value);
  if (!isBoth) follow(part);
  box.addEventListener('change', () => {
    follow(part);
    if (box.checked) part.querySelector('input:not([type=checkbox])').focus();
  });
}
