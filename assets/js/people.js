// Somebody chosen from those whom the unit's records know brings the mask of his
// ID number along, where none has been typed. Two of one name bring none.
document.addEventListener('change', (event) => {
  const name = event.target;
  if (!name.dataset.number || !name.list) return;
  const number = document.getElementById(name.dataset.number);
  if (!number || (number.value && number.value !== number.dataset.brought)) return;
  const chosen = [...name.list.options].filter((option) => option.value === name.value);
  number.dataset.brought = number.value = (chosen.length === 1 && chosen[0].dataset.number) || '';
});
