// Shows the buttons, which do nothing without a script, and lets each copy the commands beside it.
const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // no clipboard, as in an old browser or where the page isn't trusted
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
};
for (const button of document.querySelectorAll("button")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const commands = [...button.parentElement.querySelectorAll("code")];
    const copied = await copy(commands.map((command) => command.textContent).join("\n"));
    button.textContent = copied ? "Copied" : "Select it and copy";
  });
}
