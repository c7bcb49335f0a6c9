/** The step before sending: what may point to the writer, and what became of the files. */

import { type Finding, remove, scan, segments } from "../../redaction/browser/text.ts";
import { words } from "../../redaction/browser/words.ts";
import { type Lang, type Section, SECTION_NAMES, type SectionName } from "../../crypto/browser/envelope.ts";
import { say, sayFound } from "./copy.ts";
import { fromTemplate, isolated, need, within } from "./dom.ts";
import type { ChosenFile } from "./files.ts";

export type Answers = Readonly<Record<SectionName, string>>;

interface Found {
    readonly section: SectionName;
    readonly finding: Finding;
    readonly removes: () => boolean;
}

interface ShownFile {
    readonly file: ChosenFile;
    readonly agreed: () => boolean;
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
    readonly #found: Found[] = [];
    #shownFiles: ShownFile[] = [];
    readonly #marked = need("marked", HTMLElement);
    readonly #findings = need("findings", HTMLElement);
    readonly #files = need("files", HTMLElement);
    readonly #heading = need("found", HTMLElement);
    readonly #nothing = need("no-found", HTMLElement);

    constructor(answers: Answers, files: readonly ChosenFile[], lang: Lang) {
        this.#answers = answers;
        this.#lang = lang;
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
        for (const piece of segments(text, scan(text))) {
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
        legend.replaceChildren(`${words("kinds", finding.kind, this.#lang)}: `, isolated(text));
        const choice = within(fieldset, "input.remove", HTMLInputElement);
        choice.checked = true;
        this.#findings.append(fieldset);
        this.#found.push({ section, finding, removes: () => choice.checked });
    }

    #showFile(file: ChosenFile): void {
        const item = fromTemplate("file-template");
        const names = { neutral: file.name, name: file.original };
        within(item, ".name", HTMLElement).replaceChildren(say("file_name", names));
        const agreed = this.#showCleaning(item, file);
        const shown = { file, agreed };
        within(item, ".drop", HTMLButtonElement).addEventListener("click", () => {
            this.#shownFiles = this.#shownFiles.filter((other) => other !== shown);
            item.remove();
            need("send", HTMLButtonElement).focus();
        });
        this.#files.append(item);
        this.#shownFiles.push(shown);
    }

    /** Returns whether the writer agrees to send the file as it is. */
    #showCleaning(item: HTMLElement, file: ChosenFile): () => boolean {
        const warning = within(item, ".warning", HTMLElement);
        const anyway = within(item, ".anyway", HTMLInputElement);
        warning.textContent = file.warnings.map((code) => words("warnings", code, this.#lang)).join(" ");
        warning.hidden = file.warnings.length === 0;
        const removed = within(item, ".removed", HTMLElement);
        if (!file.cleaned) {
            removed.hidden = true;
            return () => anyway.checked;
        }
        warning.classList.remove("emsg");
        anyway.closest("label")?.remove();
        removed.replaceChildren(file.removed.length === 0 ? say("file_nothing") : this.#sayRemoved(file.removed));
        return () => true;
    }

    #sayRemoved(categories: readonly string[]): DocumentFragment {
        const names = categories.map((code) => words("categories", code, this.#lang));
        const list = new Intl.ListFormat(this.#lang, { style: "short", type: "unit" }).format(names);
        return say("file_removed", { list: document.createTextNode(list) });
    }

    /** The first file that was not cleaned and is not agreed to. */
    undecidedFile(): ChosenFile | undefined {
        return this.#shownFiles.find(({ agreed }) => !agreed())?.file;
    }

    files(): readonly ChosenFile[] {
        return this.#shownFiles.map(({ file }) => file);
    }

    /** The answers as decided, empty ones left out. */
    sections(): readonly Section[] {
        return SECTION_NAMES.map((name) => ({ name, text: this.#decided(name) })).filter(({ text }) => text !== "");
    }

    #decided(section: SectionName): string {
        const removed = this.#found.filter((found) => found.section === section && found.removes());
        return remove(this.#answers[section], removed.map(({ finding }) => finding)).trim();
    }

    /** Take the writer's words off the page. */
    clear(): void {
        for (const element of [this.#marked, this.#findings, this.#files]) element.replaceChildren();
    }
}
