// Before anything is drawn, so that the page does not flash in the other theme. A file of its own, because the server's
// content security policy allows no script inside the page.
(() => {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
})();
