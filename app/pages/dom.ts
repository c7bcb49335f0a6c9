/** The page's parts, by the names both sides agreed on. Nodes are made by calls, never from text. */

type ElementClass<T extends Element> = abstract new () => T;

/** The element with this id; a page without it is a bug of ours. */
export function need<T extends Element>(id: string, kind: ElementClass<T>): T {
    return checked(document.getElementById(id), kind, id);
}

/** The first match inside *parent*. */
export function within<T extends Element>(parent: ParentNode, selector: string, kind: ElementClass<T>): T {
    return checked(parent.querySelector(selector), kind, selector);
}

function checked<T extends Element>(found: Element | null, kind: ElementClass<T>, what: string): T {
    if (found instanceof kind) return found;
    throw new TypeError(`the page has no ${what}`);
}

/** A copy of the one element in `<template id>`. */
export function fromTemplate(id: string): HTMLElement {
    const [original] = need(id, HTMLTemplateElement).content.children;
    const copy = document.importNode(checked(original ?? null, HTMLElement, id), true);
    return copy;
}

/** Text that keeps its own direction, whatever surrounds it. */
export function isolated(text: string): HTMLElement {
    const element = document.createElement("bdi");
    element.textContent = text;
    // Without a letter to tell, "+962 79 123 4567" would be drawn from its end.
    if (!/\p{L}/u.test(text)) element.dir = "ltr";
    return element;
}

/** Letters and digits that are read one by one: always from the left, in figures of one width. */
export function spelled(text: string): HTMLElement {
    const element = document.createElement("bdi");
    element.textContent = text;
    element.className = "num";
    element.dir = "ltr";
    return element;
}

/** Show one of the sections and put the reader at its heading. */
export function showOnly(shown: HTMLElement, ...hidden: readonly HTMLElement[]): void {
    for (const section of hidden) section.hidden = true;
    shown.hidden = false;
    within(shown, "h1", HTMLElement).focus();
}

/** Tell or clear what is wrong with a field. */
export function markInvalid(field: HTMLElement, invalid: boolean): void {
    if (invalid) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    field.closest(".f")?.classList.toggle("err", invalid);
}

/**
 * The button of a form whose words must not leave this device as they are. The page shows another
 * one where scripts are off; where they are on there is none until this is called, after the form
 * listens: until then a press would have sent everything to the server.
 */
export function takeOver(button: HTMLButtonElement): void {
    button.id = button.id.replace("-here", "");
    button.disabled = false;
    button.hidden = false;
    document.getElementById("awaits")?.remove();
}

/** A page kept for the back button would show what was typed to whoever presses it. */
export function forgetWhenLeft(): void {
    window.addEventListener("pageshow", (event) => {
        if (!event.persisted) return;
        document.body.replaceChildren();
        location.reload();
    });
}
