// A table in a form: the server sends some empty rows; with a script there are
// as many as somebody needs, rows can be copied and taken out, and cells that were
// copied in a spreadsheet are put in from the cell somebody is in.
import { cellsOf, isOneCell, withoutHead } from './pasted.js';

const element = (tag, properties) => Object.assign(document.createElement(tag), properties);
const small = 'btn btn-sm btn-outline-secondary';

// What a cell cannot hold as it is stays in it as text, for the server reads more spellings than a browser.
function put(input, text) {
  if (input.tagName === 'SELECT') {
    const options = [...input.options];
    const found = options.find((option) => option.value === text) ?? options.find((option) => option.text === text);
    if (!found && text) input.add(new Option(text, text));
    input.value = found ? found.value : text;
    return;
  }
  input.value = text;
  if (input.value === text || text === '') return;
  input.type = 'text';
  input.value = text;
}

function edit(table) {
  const { most, name, row: called, add, remove, copy, copyShort, pasted, beyond, undo } = table.dataset;
  const rows = () => [...table.querySelectorAll('.row-of')];
  const inputs = (row) => [...row.querySelectorAll('input, select')];
  const values = () => rows().map((row) => inputs(row).map((input) => input.value));
  const isEmpty = (row) => row && inputs(row).every((input) => input.value === '');
  // Names go on counting, so that no two rows share one however many were taken out.
  let next = rows().length;
  const blank = rows().at(-1).cloneNode(true);
  const more = element('button', { className: `${small} row-more`, type: 'button', textContent: add });
  const notice = element('p', { className: 'form-text rows-notice' });
  notice.setAttribute('role', 'status');

  const changed = () => {
    const isFull = rows().length >= Number(most);
    rows().forEach((row, place) => {
      row.setAttribute('aria-label', called.replace('%', place + 1));
      row.querySelector('.row-copied').disabled = isFull;
    });
    more.disabled = isFull;
    table.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const button = (look, sign, title, act) => {
    const made = element('button', { type: 'button', className: `${small} ${look}`, textContent: sign, title });
    made.setAttribute('aria-label', title);
    made.addEventListener('click', act);
    return made;
  };
  const withButtons = (row) => {
    const copied = button('row-copied', copyShort, copy, () => {
      const another = fresh();
      inputs(another).forEach((input, column) => put(input, inputs(row)[column].value));
      row.after(another);
      changed();
      inputs(another)[0].focus();
    });
    const removed = button('row-removed', '×', remove, () => {
      if (rows().length > 1) row.remove();
      else for (const input of inputs(row)) put(input, '');
      changed();
      more.focus();
    });
    row.append(copied, removed);
    return row;
  };
  const fresh = () => {
    const row = blank.cloneNode(true);
    for (const input of inputs(row)) {
      const column = input.name.slice(name.length + 1).split('.')[1];
      input.id = input.id.replace(/-\d+-[^-]*$/, `-${next}-${column}`);
      input.name = `${name}.${next}.${column}`;
      input.value = '';
      input.classList.remove('is-invalid');
      input.removeAttribute('aria-invalid');
    }
    next += 1;
    return withButtons(row);
  };
  const appended = () => {
    const row = fresh();
    more.before(row);
    return row;
  };
  more.addEventListener('click', () => {
    const row = appended();
    changed();
    inputs(row)[0].focus();
  });

  // What was there before comes back: the browser undoes single cells only.
  const restore = (before) => {
    while (rows().length > before.length) rows().at(-1).remove();
    while (rows().length < before.length) appended();
    rows().forEach((row, place) => inputs(row).forEach((input, column) => put(input, before[place][column])));
    notice.replaceChildren();
    changed();
  };
  table.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    const at = rows().findIndex((row) => row.contains(event.target));
    if (at < 0 || isOneCell(text)) return;
    event.preventDefault();
    const before = values();
    const columns = [...blank.querySelectorAll('[data-column]')].map((cell) => cell.dataset.column);
    const first = inputs(rows()[at]).indexOf(event.target);
    const cells = withoutHead(cellsOf(text), columns.slice(first));
    const taken = cells.slice(0, Math.max(0, Number(most) - at));
    taken.forEach((line, place) => {
      const row = rows()[at + place] ?? appended();
      line.slice(0, columns.length - first).forEach((cell, column) => put(inputs(row)[first + column], cell));
    });
    changed();
    const left = cells.length - taken.length;
    const messages = [pasted.replace('%', taken.length), left > 0 ? beyond.replace('%', left) : ''];
    const back = element('button', { type: 'button', className: 'btn btn-sm btn-link', textContent: undo });
    back.addEventListener('click', () => restore(before));
    notice.replaceChildren(messages.join(''), ' ', back);
  });

  // With a button for more, one empty row is enough.
  while (isEmpty(rows().at(-1)) && isEmpty(rows().at(-2))) rows().at(-1).remove();
  for (const row of rows()) withButtons(row);
  table.append(more, notice);
  table.classList.add('rows-edited');
  more.disabled = rows().length >= Number(most);
}

for (const table of document.querySelectorAll('[data-rows]')) edit(table);
