// What the pages need beyond their theme: folds that print open, and boxes that scroll by key.

const opened = [];

function openFolds() {
  for (const fold of document.querySelectorAll("details:not([open])")) {
    fold.open = true;
    opened.push(fold);
  }
}

function closeFolds() {
  while (opened.length) opened.pop().open = false;
}

// Browsers differ in which of the two they report.
window.addEventListener("beforeprint", openFolds);
window.addEventListener("afterprint", closeFolds);
window.matchMedia("print").addEventListener("change", (print) => {
  if (print.matches) openFolds();
  else closeFolds();
});

// Who has no mouse scrolls a wide formula or output by its arrow keys, once it has the focus.
function reachScrolling() {
  for (const box of document.querySelectorAll("article :is(mjx-container, .output)")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

window.addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  reachScrolling();
});
window.addEventListener("resize", reachScrolling);
