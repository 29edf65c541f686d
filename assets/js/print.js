// A table with more columns than a page can hold is printed in parts, each with the names of its rows.
// data-print-columns says how many columns fit. Without a script it is printed in small letters.

// The row with the cells of the columns `from` to before `to`; a cell over several columns keeps its part.
function cut(row, from, to) {
  let column = 0;
  for (const cell of [...row.cells]) {
    const [start, end] = [column, column + cell.colSpan];
    column = end;
    if (start === 0 && end === 1) continue; // the name of the row
    const shared = Math.min(end, to) - Math.max(start, from);
    if (shared <= 0) cell.remove();
    else if (cell.colSpan > 1) cell.colSpan = shared;
  }
}

function parts(table) {
  const most = Number(table.dataset.printColumns);
  const count = [...table.tHead.rows].at(-1).cells.length - 1;
  if (count <= most) return [];
  const size = Math.ceil(count / Math.ceil(count / most));
  return Array.from({ length: Math.ceil(count / size) }, (_, at) => {
    const part = table.cloneNode(true);
    part.removeAttribute('id');
    part.classList.add('print-part');
    for (const row of part.rows) cut(row, 1 + at * size, 1 + Math.min((at + 1) * size, count));
    return part;
  });
}

window.addEventListener('beforeprint', () => {
  for (const table of document.querySelectorAll('[data-print-columns]:not(.print-part)')) {
    const made = parts(table);
    if (made.length === 0) continue;
    table.classList.add('printed-in-parts');
    table.after(...made);
  }
});
window.addEventListener('afterprint', () => {
  for (const part of document.querySelectorAll('.print-part')) part.remove();
  for (const table of document.querySelectorAll('.printed-in-parts')) table.classList.remove('printed-in-parts');
});

// Buttons that print stay hidden where there is no script to print with.
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    button.closest('details')?.removeAttribute('open');
    // With the id of a part, only that part is printed.
    const part = document.getElementById(button.dataset.print);
    part?.classList.add('to-print');
    part?.parentElement.classList.add('in-parts');
    window.print();
    part?.parentElement.classList.remove('in-parts');
    part?.classList.remove('to-print');
  });
}
