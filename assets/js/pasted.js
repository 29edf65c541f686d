// Cells as a spreadsheet puts them on the clipboard: lines of cells with tabs between them; a cell with a tab,
// a line break or a quote in it stands in quotes, and its quotes are doubled.
export function cellsOf(text) {
  const lines = [[]];
  let rest = text.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(?=[\t\n]|$)/.exec(rest);
    const cell = quoted ? quoted[1].replaceAll('""', '"') : /^[^\t\n]*/.exec(rest)[0];
    // A cell of a form has one line.
    lines.at(-1).push(cell.replace(/\s*\n\s*/g, ' ').trim());
    rest = rest.slice(quoted ? quoted[0].length : cell.length);
    if (rest === '') break;
    if (rest[0] === '\n') lines.push([]);
    rest = rest.slice(1);
  }
  return lines.filter((line) => line.some((cell) => cell !== ''));
}

// A single cell is left to the browser, which can undo it.
export const isOneCell = (text) => !/[\t\n\r]/.test(text.replace(/[\r\n]+$/, ''));

// The first line is a head when it names the columns from the first on.
export function withoutHead(lines, columns) {
  const plain = (text) => text.normalize('NFKC').replace(/\s/g, '').toLowerCase();
  const [head] = lines;
  const named = head?.every((cell, place) => cell === '' || plain(cell) === plain(columns[place] ?? ''));
  return named && head.some((cell) => cell !== '') ? lines.slice(1) : lines;
}
