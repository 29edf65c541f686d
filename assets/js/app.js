// Comfort on top of pages that work without it.
import 'htmx.org';

// A select that is the only choice of its form sends the form when it changes.
document.addEventListener('change', (event) => {
  if (event.target.matches('[data-submit]')) event.target.form.requestSubmit();
});

// "Print" stays hidden where there is no script to print with.
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}
