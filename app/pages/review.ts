/** The step before sending: what may point to the writer, and what became of the files. */

import type { Finding } from "../../redaction/browser/text.ts";
import { type Lang, type Section, SECTION_NAMES, type SectionName } from "../../crypto/browser/envelope.ts";
import { say, sayFound } from "./copy.ts";
import { fromTemplate, isolated, need, within } from "./dom.ts";
import type { ChosenFile } from "./files.ts";
import type * as Checks from "./checks.ts";

export type Answers = Readonly<Record<SectionName, string>>;

interface Found {
    readonly section: SectionName;
    readonly finding: Finding;
    readonly removes: () => boolean;
}

function marked(text: string): HTMLElement {
    const mark = document.createElement("mark");
    mark.textContent = text;
    return mark;
}

/** One pass through the review; a new one begins whenever the writer comes back to it. */
export class Review {
    readonly #answers: Answers;
    readonly #lang: Lang;
    readonly #checks: typeof Checks;
    readonly #found: Found[] = [];
    #chosen: readonly ChosenFile[];
    readonly #marked = need("marked", HTMLElement);
    readonly #findings = need("findings", HTMLElement);
    readonly #files = need("files", HTMLElement);
    readonly #heading = need("found", HTMLElement);
    readonly #nothing = need("no-found", HTMLElement);

    constructor(answers: Answers, files: readonly ChosenFile[], lang: Lang, checks: typeof Checks) {
        this.#answers = answers;
        this.#checks = checks;
        this.#lang = lang;
        this.#chosen = files;
        this.clear();
        for (const section of SECTION_NAMES) this.#showSection(section);
        for (const file of files) this.#showFile(file);
        this.#showHeading();
    }

    #showHeading(): void {
        const count = this.#found.length;
        this.#heading.replaceChildren(sayFound(count, this.#lang));
        (this.#heading.closest<HTMLElement>(".box") ?? this.#heading).hidden = count === 0;
        this.#nothing.hidden = count > 0;
    }

    #showSection(section: SectionName): void {
        const text = this.#answers[section];
        if (text === "") return;
        const paragraph = document.createElement("p");
        paragraph.dir = "auto";
        for (const piece of this.#checks.segments(text, this.#checks.scan(text))) {
            paragraph.append(piece.finding === undefined ? piece.text : marked(piece.text));
            if (piece.finding !== undefined) this.#askAbout(section, piece.finding, piece.text);
        }
        this.#marked.append(paragraph);
    }

    #askAbout(section: SectionName, finding: Finding, text: string): void {
        const fieldset = fromTemplate("finding-template");
        const name = `decision-${this.#found.length + 1}`;
        for (const radio of fieldset.querySelectorAll<HTMLInputElement>("input[type=radio]")) radio.name = name;
        const legend = within(fieldset, "legend", HTMLElement);
        legend.replaceChildren(`${this.#checks.words("kinds", finding.kind, this.#lang)}: `, isolated(text));
        const choice = within(fieldset, "input.remove", HTMLInputElement);
        choice.checked = true;
        this.#findings.append(fieldset);
        this.#found.push({ section, finding, removes: () => choice.checked });
    }

    #showFile(file: ChosenFile): void {
        const item = fromTemplate("file-template");
        const names = { neutral: file.name, name: file.original };
        within(item, ".name", HTMLElement).replaceChildren(say("file_name", names));
        const warning = within(item, ".warning", HTMLElement);
        warning.textContent = file.warnings.map((code) => this.#checks.words("warnings", code, this.#lang)).join(" ");
        warning.hidden = file.warnings.length === 0;
        const nothing = file.removed.length === 0;
        within(item, ".removed", HTMLElement).replaceChildren(nothing ? say("file_nothing") : this.#sayRemoved(file.removed));
        within(item, ".drop", HTMLButtonElement).addEventListener("click", () => {
            this.#chosen = this.#chosen.filter((other) => other !== file);
            item.remove();
            need("send", HTMLButtonElement).focus();
        });
        this.#files.append(item);
    }

    #sayRemoved(categories: readonly string[]): DocumentFragment {
        const names = categories.map((code) => this.#checks.words("categories", code, this.#lang));
        const list = new Intl.ListFormat(this.#lang, { style: "short", type: "unit" }).format(names);
        return say("file_removed", { list: document.createTextNode(list) });
    }

    files(): readonly ChosenFile[] {
        return this.#chosen;
    }

    /** The answers as decided, empty ones left out. */
    sections(): readonly Section[] {
        return SECTION_NAMES.map((name) => ({ name, text: this.#decided(name) })).filter(({ text }) => text !== "");
    }

    #decided(section: SectionName): string {
        const removed = this.#found.filter((found) => found.section === section && found.removes());
        return this.#checks.remove(this.#answers[section], removed.map(({ finding }) => finding)).trim();
    }

    /** Take the writer's words off the page. */
    clear(): void {
        for (const element of [this.#marked, this.#findings, this.#files]) element.replaceChildren();
    }
}
