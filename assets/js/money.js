// An amount is said in the other unit beside its field: 元 and 万元 are mixed up easily.
const tell = (field) => {
  const output = document.getElementById(`${field.id}-other`);
  const match = /^([0-9][0-9,，]*(?:\.[0-9]+)?)\s*(万|亿)?元?$/.exec(field.value.trim());
  const scale = { 万: 1e4, 亿: 1e8 };
  const number = match && Number(match[1].replace(/[,，]/g, ''));
  const factor = Number(field.dataset.factor);
  // With a unit of its own ("3.5万") a text counts in yuan, whatever the field's unit is.
  const yuan = number && (match[2] ? number * scale[match[2]] : factor > 1 ? number * 1e4 : number);
  const other = factor > 1 ? yuan : yuan / 1e4;
  const isShown = Boolean(yuan) && (factor > 1 || yuan >= 1000);
  output.hidden = !isShown;
  output.textContent = isShown
    ? field.dataset.said.replace('%', other.toLocaleString('en-US', { maximumFractionDigits: 6 }))
    : '';
};

for (const field of document.querySelectorAll('[data-factor]')) {
  tell(field);
  field.addEventListener('input', () => tell(field));
}
