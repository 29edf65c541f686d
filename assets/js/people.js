// Somebody chosen from those whom the unit's records know brings the mask of his
// ID number along, in place of none or of another mask. Two of one name bring none.
document.addEventListener('change', (event) => {
  const name = event.target;
  if (!name.dataset.number || !name.list) return;
  const number = document.getElementById(name.dataset.number);
  if (!number || (number.value && !number.value.includes('*'))) return;
  const chosen = [...name.list.options].filter((option) => option.value === name.value);
  if (chosen.length === 1 && chosen[0].dataset.number) {
    number.value = number.dataset.brought = chosen[0].dataset.number;
  } else if (number.value === number.dataset.brought) {
    // What came with somebody else goes with him; what was there before stays.
    number.value = '';
  }
});
