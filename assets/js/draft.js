// What is typed into a record's form is kept as a draft some seconds after the
// last key. Without a script there is a button for it.
const WAIT = 3000;
const AGAIN = 15000;

for (const form of document.querySelectorAll('form[data-draft]')) {
  const notice = form.querySelector('[data-kept]');
  let timer;
  let request;
  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(keep, wait);
  };
  async function keep() {
    request?.abort();
    request = new AbortController();
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.draft, { method: 'POST', body, signal: request.signal });
      // Signed out: the answer is the sign-in page, or the form's token belongs to the session before.
      if (answer.redirected || answer.status === 403) notice.textContent = form.dataset.ended;
      else if (answer.ok) notice.textContent = await answer.text();
      else throw new Error(answer.statusText);
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
