/** The twin of `files/documents/office/word.py`: texts. */

import { cleanLink } from "../../links.ts";
import { Element } from "../rewriter.ts";
import { escapeText, type Tag } from "../xml.ts";
import { DOOMED, Markup, type Shared } from "./markup.ts";
import { type Links, RULES } from "./parts.ts";

const KEPT_FIELDS = new Set(RULES.fields.kept.split(" "));
const EMPTIED_FIELDS = new Set(RULES.fields.emptied.split(" "));
const WORD = /"[^"]*"|[^ \t\n"]+/g;
const SEEN = /<(?:w:(?:t|drawing|pict|tab|br|sym|fldChar|footnoteReference|sectPr)|m:t)[ />]/;
const OFF = ["0", "false", "off"];
const BOOKMARK_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
    "w:bookmarkStart": ["w:id", "w:name", "w:colFirst", "w:colLast"],
    "w:bookmarkEnd": ["w:id"],
};
const BOOKMARK = /(<w:bookmark(?:Start|End) w:id="([^"]*)")(?: w:name="([^"]*)")?([^>]*\/>)/g;
const ANCHOR = /(<w:hyperlink[^>]*?) w:anchor="([^"]*)"/g;
const INSTRUCTION = /(<w:instrText[^>]*>)([^<]*)|(<w:fldSimple[^>]*? w:instr=")([^"]*)/g;
const NOTE = /<w:(footnote|endnote)( [^>]*)?>[^]*?<\/w:\1>/g;
const NOTE_ID = / w:id="([^"]*)"/;
const NOTE_REFERENCE = /<w:(footnote|endnote)Reference[^>]* w:id="([^"]*)"/g;
const NAMING = new Set(["\\L", "REF", "PAGEREF", "NOTEREF"]);
const NAME = /[^ \t\n"&;]+/g;

type Fate = "" | "kept" | "unlinked" | "emptied";

/** A field while it is read: first its instruction, then its result. */
class Field {
    instruction = "";
    fate: Fate = "";
    simple = false;
    readonly start: number;
    pieces: number[] = [];
    texts: number[] = [];

    constructor(start: number) {
        this.start = start;
    }
}

/** A part of a text document. */
export class WordMarkup extends Markup {
    private readonly fields: Field[] = [];

    constructor(links: Links, outer: Links | undefined, shared: Shared) {
        super(links, outer, shared);
        this.hook(["w:del", "w:moveFrom"], (tag) => this.deleted(tag));
        this.hook(["w:drawing", "w:pict"], (tag) => (this.hiddenByField() ? this.gone() : this.frame(tag)));
        this.hook(["w:p"], (tag) => this.copied(tag, { leave: (element) => this.paragraphEnd(element) }));
        this.hook(["w:tbl"], (tag) => this.copied(tag, { leave: (element) => this.holds(element, "</w:tr>") }));
        this.hook(["w:tr"], (tag) => this.copied(tag, { leave: (element) => this.rowEnd(element) }));
        this.hook(["w:tc", "w:txbxContent", "w:footnote", "w:endnote"], (tag) =>
            this.copied(tag, { leave: (element) => this.cellEnd(element) }),
        );
        this.hook(["w:cellDel"], (tag) => this.deletedCell(tag));
        this.hook(["w:object"], (tag) => this.object(tag));
        this.hook(["w:hyperlink"], (tag) => this.hyperlink(tag));
        this.hook(["w:fldChar"], (tag) => this.fieldMark(tag));
        this.hook(["w:instrText"], (tag) => this.copied(tag, { leave: (element) => this.instructionEnd(element), collects: true }));
        this.hook(["w:fldSimple"], (tag) => this.simpleField(tag));
        this.hook(["w:t"], (tag) => (this.hiddenByField() ? this.gone() : this.plain(tag)));
        this.hook(["w:vanish"], (tag) => this.vanish(tag));
        this.hook(["w:name"], (tag) => (this.open.at(-1)?.name === "w:ffData" ? this.gone() : this.plain(tag)));
        this.hook(["w:sdtPr"], (tag) => this.control(tag));
        this.hook(Object.keys(BOOKMARK_ATTRIBUTES), (tag) => this.bookmark(tag));
    }

    /** Forget what was written from *start* on, with the fields that began there. */
    override takeBack(start: number): void {
        super.takeBack(start);
        this.fields.splice(0, this.fields.length, ...this.fields.filter((one) => one.start < start));
        for (const one of this.fields) {
            one.pieces = one.pieces.filter((at) => at < start);
            one.texts = one.texts.filter((at) => at < start);
        }
    }

    /** Judge the fields that never end by what was read of them, and notes by the text. */
    protected override finish(): void {
        for (const one of this.fields.splice(0).reverse()) this.abandon(one);
        const notes = this.root === "w:footnotes" || this.root === "w:endnotes";
        if (this.root !== "w:document" && !notes) return;
        const text = this.pieces.join("");
        if (notes) this.pieces.splice(0, this.pieces.length, text.replace(NOTE, (...note: string[]) => this.footnote(note)));
        else this.shared.notes = new Set(Array.from(text.matchAll(NOTE_REFERENCE), ([, kind = "", id = ""]) => `${kind} ${id}`));
    }

    /** A note, unless what led to it was deleted. */
    private footnote([whole = "", kind = "", attributes = ""]: readonly string[]): string {
        const id = NOTE_ID.exec(attributes)?.[1];
        const wanted = id !== undefined && this.shared.notes.has(`${kind} ${id}`);
        return wanted || attributes.includes(" w:type=") ? whole : "";
    }

    /** Drop a deletion; the mark of a paragraph or row takes that with it. */
    private deleted(tag: Tag): Element {
        const [before, last] = [this.open.at(-2)?.name, this.open.at(-1)?.name];
        if (before === "w:pPr" && last === "w:rPr") this.doom("w:p");
        else if (last === "w:trPr") this.doom("w:tr");
        return this.dropped(tag);
    }

    private deletedCell(tag: Tag): Element {
        this.doom("w:tc");
        return this.dropped(tag);
    }

    /**
     * Take back a deleted paragraph, unless something in it is left. No instruction goes on in the
     * next paragraph, and no result that goes.
     */
    private paragraphEnd({ state, start }: Element): boolean {
        for (const one of this.fields) this.abandon(one);
        return state !== DOOMED || SEEN.test(this.pieces.slice(start).join(""));
    }

    private holds({ start }: Element, piece: string): boolean {
        return this.pieces.includes(piece, start);
    }

    private rowEnd(element: Element): boolean {
        return element.state !== DOOMED && this.holds(element, "</w:tc>");
    }

    /** Cells and the like end with a paragraph, also where the last one was deleted. */
    private cellEnd({ state, start }: Element): boolean {
        let at = this.pieces.length - 1;
        while (at > start && /^(?:$|<w:bookmark)/.test(this.pieces[at] ?? "")) at--;
        if (this.pieces[at] !== "</w:p>") this.pieces.push("<w:p>", "</w:p>");
        return state !== DOOMED;
    }

    private fieldMark(tag: Tag): Element {
        const kind = tag.attributes.get("w:fldCharType");
        if (kind === "begin") this.fields.push(new Field(this.pieces.length));
        const one = this.fields.at(-1);
        if (one === undefined || one.simple) return this.gone();
        if (kind !== "begin" && one.fate === "") this.decide(one);
        if (kind === "end") this.close();
        return kind === "begin" || one.fate === "kept" ? this.copied(tag, { leave: (element) => this.remember(element) }) : this.gone();
    }

    /** Know the pieces of a field, should they have to go. */
    private remember({ start }: Element): true {
        const one = this.fields.at(-1);
        for (let at = start; at <= this.pieces.length; at++) one?.pieces.push(at);
        return true;
    }

    /** A field inside another one's instruction shares its fate. */
    private close(): void {
        const one = this.fields.pop();
        const outer = this.fields.at(-1);
        if (outer?.fate === "") outer.pieces.push(...(one?.pieces ?? []));
    }

    private instructionEnd(element: Element): boolean {
        const one = this.fields.at(-1);
        if (one?.fate !== "") return false;
        one.instruction += element.text;
        one.texts.push(this.pieces.length);
        this.writeText(element.text);
        return this.remember(element);
    }

    /** Keep a field, leave only its result, or not even that. */
    private decide(one: Field): void {
        const [fate, instruction] = this.judged(one.instruction);
        one.fate = fate;
        if (fate !== "kept") {
            for (const at of one.pieces) if (at < this.pieces.length) this.pieces[at] = "";
        } else if (instruction !== one.instruction) {
            for (const [i, at] of one.texts.entries()) this.pieces[at] = i === 0 ? escapeText(instruction) : "";
        }
    }

    /** Leave of a field what is there if its instruction or its fate has no end. */
    private abandon(one: Field): void {
        if (one.fate === "") {
            one.instruction = "";
            this.decide(one);
        }
        if (one.fate !== "kept") one.fate = "unlinked";
    }

    /** The fate of a field, and its instruction as it may stay. */
    private judged(instruction: string): [Fate, string] {
        const words = instruction.match(WORD) ?? [];
        const name = words[0]?.toUpperCase() ?? "";
        if (EMPTIED_FIELDS.has(name)) {
            this.removed.add("author");
            return ["emptied", ""];
        }
        if (name === "HYPERLINK") return this.judgedLink(words);
        if (KEPT_FIELDS.has(name)) return ["kept", instruction];
        this.removed.add("unknown");
        return ["unlinked", ""];
    }

    /** Keep the address and the place in it. */
    private judgedLink(words: readonly string[]): [Fate, string] {
        const kept = ["HYPERLINK"];
        const second = words[1] ?? "\\";
        const address = second.startsWith("\\") ? "" : second.replace(/^"+|"+$/g, "");
        if (address !== "") {
            const link = cleanLink(address);
            if (link !== address) this.removed.add("link");
            if (link === undefined) return ["unlinked", ""];
            kept.push(`"${link}"`);
        }
        for (const [i, value] of words.entries()) if (words[i - 1]?.toLowerCase() === "\\l") kept.push("\\l", value);
        return kept.length > 1 ? ["kept", ` ${kept.join(" ")} `] : ["unlinked", ""];
    }

    private simpleField(tag: Tag): Element {
        const one = new Field(-1);
        const [fate, instruction] = this.judged(tag.attributes.get("w:instr") ?? "");
        one.fate = fate;
        one.simple = true;
        this.fields.push(one);
        const leave = (): boolean => this.simpleFieldEnd();
        if (fate !== "kept") return new Element(tag.name, "", "", false, false, leave);
        return this.copied(tag, { attributes: this.kept(tag).set("w:instr", instruction), leave });
    }

    /** Fields that began inside and did not end there never will. */
    private simpleFieldEnd(): true {
        for (let one = this.fields.pop(); one !== undefined && !one.simple; one = this.fields.pop()) this.abandon(one);
        return true;
    }

    /** Whether this is part of an instruction, or of a result that goes. */
    private hiddenByField(): boolean {
        return this.fields.some(({ fate }) => fate === "" || fate === "emptied");
    }

    /** An object of another program stays as the picture that is seen of it. */
    private object(tag: Tag): Element {
        return this.hiddenByField() ? this.gone() : this.copied(tag, { attributes: new Map(), name: "w:pict" });
    }

    private hyperlink(tag: Tag): Element {
        const attributes = this.kept(tag);
        if (attributes.has("r:id")) attributes.delete("w:anchor");
        return this.copied(tag, { attributes });
    }

    private vanish(tag: Tag): Element {
        if (this.root !== "w:styles" && !OFF.includes(tag.attributes.get("w:val") ?? "")) this.warnings.add("hidden-content");
        return this.plain(tag);
    }

    /** Write a bookmark in one spelling, for `settleBookmarks`. */
    private bookmark(tag: Tag): Element {
        const kept = this.kept(tag);
        const allowed = BOOKMARK_ATTRIBUTES[tag.name] ?? [];
        if (!allowed.slice(0, 2).every((name) => kept.has(name))) return this.gone();
        const ordered = new Map(allowed.filter((name) => kept.has(name)).map((name) => [name, kept.get(name) ?? ""]));
        return new Element(tag.name, `<${tag.name}${this.spelled(ordered)}/>`);
    }

    /** What a control is bound to goes; it is read only for what it tells. */
    private control(tag: Tag): Element {
        this.note(this.vocabulary.tells(tag.name));
        return new Element(tag.name, "", "", false, false, () => false);
    }
}

/** The parts of a document with the bookmarks that something refers to, numbered. */
export function settleBookmarks(texts: readonly string[]): string[] {
    const mentioned = new Set(texts.flatMap(mentionedIn));
    const declared = new Set(texts.flatMap((text) => Array.from(text.matchAll(BOOKMARK), ([, , , name = ""]) => name)));
    const wanted = [...declared].filter((name) => name !== "" && mentioned.has(name) && !KEPT_FIELDS.has(name));
    const names = new Map(wanted.map((name, i) => [name, `_Ref${i + 1}`]));
    return texts.map((text) => renamed(text, names));
}

function mentionedIn(text: string): string[] {
    const anchors = Array.from(text.matchAll(ANCHOR), ([, , name = ""]) => name);
    const words = Array.from(text.matchAll(INSTRUCTION), ([, , inText, , inField]) => (inText ?? inField ?? "").match(NAME) ?? []);
    return [...anchors, ...words.flat()];
}

/** Write bookmarks and what refers to them with new names; drop the others, also in instructions. */
function renamed(text: string, names: ReadonlyMap<string, string>): string {
    const kept = new Set(Array.from(text.matchAll(BOOKMARK), ([, , id, name]) => (names.has(name ?? "") ? id : undefined)));
    return text
        .replace(BOOKMARK, (whole: string, start: string, id: string, name: string | undefined, rest: string) => {
            if (name === undefined) return kept.has(id) ? whole : "";
            const written = names.get(name);
            return written === undefined ? "" : `${start} w:name="${written}"${rest}`;
        })
        .replace(ANCHOR, (_, start: string, name: string) => {
            const written = names.get(name);
            return written === undefined ? start : `${start} w:anchor="${written}"`;
        })
        .replace(INSTRUCTION, (_, text_?: string, inText?: string, field?: string, inField?: string) => {
            let before = "";
            const words = (inText ?? inField ?? "").replace(NAME, (name) => {
                const lost = NAMING.has(before.toUpperCase()) && !name.startsWith("\\");
                if (name !== "quot") before = name;
                return names.get(name) ?? (lost && name !== "quot" ? "" : name);
            });
            return (text_ ?? field ?? "") + words;
        });
}
