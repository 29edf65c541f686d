// A chart as png: its svg from the server, drawn at twice its size. The button is there only with a script;
// the link to the svg works without one.
async function save(button) {
  const answer = await fetch(button.dataset.png);
  if (!answer.ok) return;
  const named = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get('content-disposition') ?? '');
  const name = named ? decodeURIComponent(named[1]).replace(/\.svg$/, '.png') : 'chart.png';
  const image = new Image();
  // Not a blob: the page's security policy lets pictures come from here or be in the address itself.
  image.src = `data:image/svg+xml,${encodeURIComponent(await answer.text())}`;
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width * 2, height: image.height * 2 });
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => { canvas.toBlob(done, 'image/png'); });
  const address = URL.createObjectURL(blob);
  Object.assign(document.createElement('a'), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

for (const button of document.querySelectorAll('[data-png]')) {
  button.hidden = false;
  button.addEventListener('click', () => save(button));
}
