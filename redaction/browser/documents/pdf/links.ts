/** The twin of `files/documents/pdf/links.py`: where links and bookmarks lead. */

import { LIMITS } from "../../policy.ts";
import { cleanLink } from "../../links.ts";
import { type Copier, KINDS, LISTS } from "./copier.ts";
import { bytesOf, textOf } from "./source.ts";
import { type Entries, isWhole, Name, nameText, numberText, Ref, stringText, Text, type Value } from "./syntax.ts";
import { array, integer, numberList } from "./values.ts";

export const ACTIONS: ReadonlyMap<string, string> = new Map([
    ["JavaScript", "script"],
    ["Launch", "file-name"],
    ["GoToR", "file-name"],
    ["GoToE", "attachment"],
    ["SubmitForm", "link"],
    ["ImportData", "file-name"],
    ["URI", "link"],
]);
const MAX_CHAIN = 32;
const MAX_PLACE = 6;
const OUTLINE_KEYS = ["Title", "Dest", "A", "F", "C", "SE", "First", "Last", "Next", "Prev", "Count"];

/** The places of one document that links may lead to. */
export class Links {
    private readonly copier: Copier;
    private readonly catalog: Entries;
    private readonly pages = new Map<string, string>();
    private readonly order: string[] = [];
    private named: Map<string, Value> | undefined;

    constructor(copier: Copier, catalog: Entries) {
        this.copier = copier;
        this.catalog = catalog;
    }

    /** Tell the next page's old and new reference. */
    addPage(untrusted: Value, ref: string): void {
        this.order.push(ref);
        if (untrusted instanceof Ref && !this.pages.has(untrusted.key)) this.pages.set(untrusted.key, ref);
    }

    /** The entry of a link or bookmark that says where it leads, if it may stay. */
    target(entries: Entries): string | undefined {
        const { source, note } = this.copier;
        if (entries.has("Dest")) return this.destination(entries.get("Dest"));
        const action = source.entries(entries.get("A"));
        const kind = source.name(action.get("S"));
        if (action.has("Next")) note("script");
        if (kind === "GoTo") return this.destination(action.get("D"));
        if (kind === "URI") return this.web(source.value(action.get("URI")));
        if (kind !== undefined && kind !== "Named") note(ACTIONS.get(kind) ?? "script");
        return undefined;
    }

    /** A new link's reference, or undefined for one that leads nowhere. */
    link(entries: Entries): string | undefined {
        const target = this.target(entries);
        if (target === undefined || numberList(this.copier, entries.get("Rect")) === undefined) return undefined;
        const shown = new Map([...entries].filter(([key]) => KINDS["link"]?.[key] !== undefined));
        return this.copier.add(() => this.copier.dictionary("link", shown, target));
    }

    /** An action that opens a page of the web or a letter. */
    private web(untrusted: Value): string | undefined {
        if (!(untrusted instanceof Text)) return undefined;
        const clean = cleanLink(decoded(untrusted.text));
        const bytes = clean === undefined ? undefined : textOf(new TextEncoder().encode(clean));
        if (bytes !== untrusted.text) this.copier.note("link");
        return bytes === undefined ? undefined : `/A << /S /URI /URI ${stringText(bytes)} >>`;
    }

    private destination(untrusted: Value | undefined): string | undefined {
        const place = this.place(untrusted);
        return place && `/Dest ${place}`;
    }

    /** A place on a page: which one, what is seen of it, where. */
    private place(untrusted: Value | undefined): string | undefined {
        const { source } = this.copier;
        let value = source.value(untrusted);
        for (let i = 0; i < MAX_CHAIN; i++) {
            if (value instanceof Map) value = source.value(value.get("D"));
            else if (value instanceof Name) value = source.value(source.entries(this.catalog.get("Dests")).get(value.text));
            else if (value instanceof Text) value = source.value(this.names().get(value.text));
            else break;
        }
        if (!Array.isArray(value) || value.length < 2) return undefined;
        const [page, view] = [this.page(value[0] ?? null), source.name(value[1])];
        if (page === undefined || view === undefined || LISTS["places"]?.includes(view) !== true) return undefined;
        const rest = value.slice(2, MAX_PLACE).map((item) => source.value(item));
        return array([page, nameText(view), ...rest.map((item) => (typeof item === "number" ? numberText(item) : "null"))]);
    }

    private page(untrusted: Value): string | undefined {
        if (untrusted instanceof Ref) return this.pages.get(untrusted.key);
        return isWhole(untrusted) ? this.order[untrusted] : undefined;
    }

    /** The places that have names, from the tree of names (§7.9.6). */
    private names(): Map<string, Value> {
        if (this.named !== undefined) return this.named;
        const { source } = this.copier;
        const named = new Map<string, Value>();
        const waiting = [source.entries(this.catalog.get("Names")).get("Dests") ?? null];
        const seen = new Set<string>();
        for (let node = waiting.pop(); node !== undefined && named.size < LIMITS.pdf_objects; node = waiting.pop()) {
            if (node instanceof Ref) {
                if (seen.has(node.key)) continue;
                seen.add(node.key);
            }
            const items = source.items(source.entries(node).get("Names"));
            for (let i = 0; i + 1 < items.length; i += 2) {
                const name = source.value(items[i]);
                if (name instanceof Text && !named.has(name.text)) named.set(name.text, items[i + 1] ?? null);
            }
            waiting.push(...source.items(source.entries(node).get("Kids")));
        }
        this.named = named;
        return named;
    }
}

/** A bookmark, the ones under it, and its neighbours among the objects. */
interface Mark {
    readonly words: readonly string[];
    readonly children: readonly Mark[];
    readonly isOpen: boolean;
    ref: string;
    readonly beside: string[];
}

/** The bookmarks beside a document: their titles are kept, where they lead is cleaned. */
export class Outline {
    private readonly copier: Copier;
    private readonly links: Links;
    private readonly seen = new Set<string>();

    constructor(copier: Copier, links: Links) {
        this.copier = copier;
        this.links = links;
    }

    /** The reference of the new outline; undefined for an empty one. */
    write(untrusted: Value): string | undefined {
        const entries = this.copier.source.entries(untrusted);
        const marks = this.children(entries, 0);
        if (marks.length === 0) return undefined;
        this.copier.leave(entries, ["First", "Last", "Count"]);
        const ref = this.copier.add(() => `<< /Type /Outlines ${ends(marks, true).join(" ")} >>`);
        this.settle(marks, ref);
        return ref;
    }

    /** The bookmarks under *parent*, each with those under it. */
    private children(parent: Entries, depth: number): Mark[] {
        const { source } = this.copier;
        const marks: Mark[] = [];
        let following = depth < MAX_CHAIN ? parent.get("First") : undefined;
        while (following instanceof Ref && !this.seen.has(following.key) && this.seen.size < LIMITS.pdf_objects) {
            this.seen.add(following.key);
            const entries = source.entries(following);
            const count = source.value(entries.get("Count"));
            const children = this.children(entries, depth + 1);
            marks.push({ words: this.words(entries), children, isOpen: typeof count === "number" && count > 0, ref: "", beside: [] });
            following = entries.get("Next");
        }
        return marks;
    }

    /** What is seen of a bookmark and where it leads. */
    private words(entries: Entries): string[] {
        const title = this.copier.source.value(entries.get("Title"));
        const words = [`/Title ${stringText(title instanceof Text ? title.text : "")}`];
        const target = this.links.target(entries);
        if (target !== undefined) words.push(target);
        const style = integer(this.copier, entries.get("F") ?? null);
        if (style !== undefined && ["1", "2", "3"].includes(style)) words.push(`/F ${style}`);
        const colour = numberList(this.copier, entries.get("C"));
        if (colour?.length === 3) words.push(`/C ${array(colour.map(numberText))}`);
        this.copier.leave(entries, OUTLINE_KEYS);
        return words;
    }

    /** Give each bookmark its object and its neighbours. */
    private settle(marks: readonly Mark[], parent: string): void {
        for (const mark of marks) {
            mark.ref = this.copier.add(() => markText(mark));
            mark.beside.push(`/Parent ${parent}`);
        }
        marks.slice(1).forEach((after, i) => {
            const before = marks[i];
            after.beside.push(`/Prev ${before?.ref ?? ""}`);
            before?.beside.push(`/Next ${after.ref}`);
        });
        for (const mark of marks) this.settle(mark.children, mark.ref);
    }
}

/** How many bookmarks this one adds to those that are seen. */
function shown(mark: Mark): number {
    return 1 + (mark.isOpen ? mark.children.reduce((sum, child) => sum + shown(child), 0) : 0);
}

/** The object; bookmarks that are closed count those under them below zero. */
function markText(mark: Mark): string {
    const below = mark.children.length > 0 ? ends(mark.children, mark.isOpen) : [];
    return `<< ${[...mark.words, ...mark.beside, ...below].join(" ")} >>`;
}

function ends(marks: readonly Mark[], isOpen: boolean): string[] {
    const count = marks.reduce((sum, mark) => sum + shown(mark), 0);
    return [`/First ${marks[0]?.ref ?? ""}`, `/Last ${marks.at(-1)?.ref ?? ""}`, `/Count ${isOpen ? count : -count}`];
}

function decoded(untrusted: string): string {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(untrusted));
    } catch {
        return untrusted;
    }
}
