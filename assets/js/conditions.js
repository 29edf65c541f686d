// Fields that a form asks for only of some records, and those that only some must state. The server writes
// the conditions as JSON (crates/web/src/parts/input/condition.rs) and judges what is sent; without a script
// every field is shown. A field that holds something is never hidden.

// Three-valued: null is “not known”, as when nothing is typed yet.
const all = (parts, value, decisive) => {
  const results = parts.map((part) => holds(part, value));
  if (results.includes(decisive)) return decisive;
  return results.includes(null) ? null : !decisive;
};

const signs = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function compare(sign, sides, value) {
  const [left, right] = sides.map((side) => (side?.input ? value(side.input) : side));
  if (left === '' || right === '') return null;
  // Numbers are compared as numbers, where either side was written as one.
  const isNumber = sides.some((side) => typeof side === 'number');
  return isNumber ? signs[sign](Number(left), Number(right)) : signs[sign](String(left), String(right));
}

function holds([word, ...rest], value) {
  switch (word) {
    case 'and': return all(rest, value, false);
    case 'or': return all(rest, value, true);
    case 'not': {
      const inner = holds(rest[0], value);
      return inner === null ? null : !inner;
    }
    case 'stated': return value(rest[0]) !== '';
    case 'is': return value(rest[0]) === '' ? null : value(rest[0]) === '1';
    case 'in': return value(rest[0]) === '' ? null : rest[1].includes(value(rest[0]));
    default: return compare(word, rest, value);
  }
}

const controls = (field) => [...field.querySelectorAll('input, select, textarea')];
const isChosen = (input) => input.checked || !/radio|checkbox/.test(input.type);
const isFilled = (field) => controls(field).some((input) => isChosen(input) && input.value !== '');

function follow(form) {
  const data = new FormData(form);
  const value = (name) => (data.get(name) ?? '').trim();
  const isTrue = (condition) => holds(JSON.parse(condition), value) === true;
  for (const field of form.querySelectorAll('[data-when]')) {
    field.hidden = !isTrue(field.dataset.when) && !isFilled(field) && !field.matches('.field-faulty');
  }
  for (const field of form.querySelectorAll('[data-required-when]')) {
    const isRequired = isTrue(field.dataset.requiredWhen);
    field.querySelector('[data-must]').hidden = !isRequired;
    // Where there may be another answer, the server asks for one of the two.
    if (field.querySelector('[data-not-applicable]')) continue;
    for (const input of controls(field)) if (!input.hidden) input.required = isRequired;
  }
  for (const part of form.querySelectorAll('fieldset.part')) {
    part.hidden = [...part.querySelectorAll('.field')].every((field) => field.hidden);
  }
}

for (const form of document.querySelectorAll('form')) {
  if (!form.querySelector('[data-when], [data-required-when]')) continue;
  follow(form);
  form.addEventListener('input', () => follow(form));
}

// What is wrong in a folded part cannot be shown by the browser: it is unfolded first.
document.addEventListener('invalid', (event) => {
  const folded = event.target.closest('details:not([open])');
  if (folded) folded.open = true;
}, true);
