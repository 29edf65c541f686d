// What is typed into a record's form is stored as a draft some seconds after the
// last key. Without a script there is a button for it.
const WAIT = 3000;
const AGAIN = 15000;

for (const form of document.querySelectorAll('form[data-draft]')) {
  const notice = form.querySelector('[data-kept]');
  let timer;
  let request;
  let replaced;
  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(keep, wait);
  };
  // There are too many drafts: the oldest can make room.
  const offer = (message, oldest) => {
    const type = 'button';
    const button = Object.assign(document.createElement('button'), { type, className: 'btn btn-sm btn-link' });
    button.textContent = form.dataset.replace;
    button.addEventListener('click', () => { replaced = oldest; keep(); });
    notice.replaceChildren(message, ' ', button);
  };
  async function keep() {
    request?.abort();
    request = new AbortController();
    try {
      const body = new URLSearchParams(new FormData(form));
      body.set('draft.by', 'script');
      if (replaced) body.set('draft.replace', replaced);
      const answer = await fetch(form.dataset.draft, { method: 'POST', body, signal: request.signal });
      // Signed out: the answer is the sign-in page, or the form's token belongs to the session before.
      if (answer.redirected || answer.status === 403) notice.textContent = form.dataset.ended;
      else if (answer.status === 409) offer(await answer.text(), answer.headers.get('x-oldest-draft'));
      else if (answer.ok) {
        replaced = undefined;
        notice.textContent = await answer.text();
        // The page loaded again shows this draft.
        history.replaceState(history.state, '', form.dataset.address);
      } else throw new Error(answer.statusText);
    } catch (error) {
      if (error.name === 'AbortError') return;
      notice.textContent = form.dataset.lost;
      later(AGAIN);
    }
  }
  form.addEventListener('input', () => later(WAIT));
  form.addEventListener('submit', () => {
    clearTimeout(timer);
    request?.abort();
  });
}
