// A table in a form: the server sends some empty rows; with a script there are
// as many as somebody needs, and rows can be taken out.
const element = (tag, properties) => Object.assign(document.createElement(tag), properties);

function edit(table) {
  const { most, name, row: called, add, remove } = table.dataset;
  const rows = () => [...table.querySelectorAll('.row-of')];
  const inputs = (row) => [...row.querySelectorAll('input, select')];
  // Names go on counting, so that no two rows share one however many were taken out.
  let next = rows().length;
  const tell = () => {
    rows().forEach((row, place) => row.setAttribute('aria-label', called.replace('%', place + 1)));
    more.disabled = rows().length >= Number(most);
    table.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const removable = (row) => {
    const look = { className: 'btn btn-sm btn-outline-secondary row-removed', textContent: '×', title: remove };
    const removal = element('button', { type: 'button', ...look });
    removal.setAttribute('aria-label', remove);
    removal.addEventListener('click', () => {
      if (rows().length > 1) row.remove();
      else for (const input of inputs(row)) input.value = '';
      tell();
      more.focus();
    });
    row.append(removal);
  };
  const renamed = (row) => {
    for (const input of inputs(row)) {
      const column = input.name.slice(name.length + 1).split('.')[1];
      input.id = input.id.replace(/-\d+-[^-]*$/, `-${next}-${column}`);
      input.name = `${name}.${next}.${column}`;
      input.value = '';
      input.classList.remove('is-invalid');
      input.removeAttribute('aria-invalid');
    }
    next += 1;
  };
  const more = element('button', { className: 'btn btn-sm btn-outline-secondary row-more', type: 'button', textContent: add });
  const blank = rows().at(-1).cloneNode(true);
  more.addEventListener('click', () => {
    const row = blank.cloneNode(true);
    renamed(row);
    removable(row);
    more.before(row);
    tell();
    inputs(row)[0].focus();
  });
  // With a button for more, one empty row is enough.
  const isEmpty = (row) => row && inputs(row).every((input) => input.value === '');
  while (isEmpty(rows().at(-1)) && isEmpty(rows().at(-2))) rows().at(-1).remove();
  for (const row of rows()) removable(row);
  table.append(more);
  table.classList.add('rows-edited');
  more.disabled = rows().length >= Number(most);
}

for (const table of document.querySelectorAll('[data-rows]')) edit(table);
