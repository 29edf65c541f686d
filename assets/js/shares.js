// Persons with their shares: one line for whoever has no script, rows for
// everybody else. The line stays the field that is sent.
const written = /^(.*?)(?:[\s(（:：]+([\d.]+)|([\d.]+)\s*[%％])\s*[%％]?[)）]?$/;

const parse = (line) => line.split(/[、，,；;\n]/).map((entry) => entry.trim()).filter(Boolean).map((entry) => {
  const found = /[%％]|[\s(（:：][\d.]+[)）]?$/.test(entry) && entry.match(written);
  return found ? { name: found[1].trim(), share: found[2] ?? found[3] } : { name: entry, share: '' };
});

const element = (tag, properties) => Object.assign(document.createElement(tag), properties);

function edit(line) {
  const { name, share, add, remove, rest } = line.dataset;
  const rows = element('div', { className: 'shares' });
  const left = element('p', { className: 'form-text' });
  const values = (row) => [...row.querySelectorAll('input')].map((input) => input.value.trim());
  const inputs = () => [...rows.querySelectorAll('.share')].map(values);
  const tell = () => {
    line.value = inputs().filter(([who, part]) => who || part).map(([who, part]) => (part ? `${who} ${part}%` : who)).join('、');
    const parts = inputs().map(([, part]) => part).filter(Boolean);
    left.textContent = parts.length ? `${rest} ${+(100 - parts.reduce((sum, part) => sum + Number(part), 0)).toFixed(2)}%` : '';
    line.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const row = (person) => {
    const place = element('div', { className: 'share' });
    const who = element('input', { className: 'form-control', value: person.name, maxLength: 50, autocomplete: 'off' });
    const bounds = { type: 'number', min: '0.01', max: '100', step: '0.01' };
    const part = element('input', { className: 'form-control', value: person.share, ...bounds });
    const removal = element('button', { className: 'btn btn-sm btn-outline-secondary', type: 'button', textContent: remove });
    who.setAttribute('aria-label', name);
    part.setAttribute('aria-label', share);
    removal.addEventListener('click', () => { place.remove(); tell(); more.focus(); });
    place.append(who, part, element('span', { textContent: '%' }), removal);
    rows.append(place);
    return who;
  };
  const more = element('button', { className: 'btn btn-sm btn-outline-secondary', type: 'button', textContent: add });
  more.addEventListener('click', () => row({ name: '', share: '' }).focus());
  rows.addEventListener('input', tell);
  for (const person of parse(line.value)) row(person);
  line.before(rows, more, left);
  line.hidden = true;
}

for (const line of document.querySelectorAll('[data-shares]')) edit(line);
