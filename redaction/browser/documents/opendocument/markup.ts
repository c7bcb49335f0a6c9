/** The twin of `files/documents/opendocument/markup.py`, which says what stays and why. */

import { cleanLink } from "../../links.ts";
import { unseen, visible } from "../invisible.ts";
import { Element, Rewriter } from "../rewriter.ts";
import { type Tag, XmlReader } from "../xml.ts";
import { NAMED, VOCABULARY, WORDS } from "./rules.ts";

export const VERSION = "1.3";
const IDENTIFIERS = [
    ...["xml:id", "draw:id", "draw:caption-id", "draw:start-shape", "draw:end-shape"],
    ...["draw:shape-id", "smil:targetElement", "text:continue-list", "text:list-id"],
    "presentation:master-element",
];
const FORMULA = /^([A-Za-z]{1,10}):(=[^]*)$/u;
const LANGUAGES = ["of", "oooc", "msoxl"];
/** What asks another file, another program or the network. */
const ELSEWHERE = /:\/\/|\\|'#|file:|(?:DDE|WEBSERVICE|FILTERXML|HYPERLINK|INFO|CELL)[ ]*\(/iu;
const WORD = /[A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_.\u0080-\u{10ffff}]*/gu;
const MOMENT = /^([^. ;()]+)(\.[a-z]+(?:[+-][0-9.]+m?s)?)$/u;
const CLOCK = /^[-+0-9.:a-z]{0,20}$/u;
const DIGITS = /^[0-9]{1,9}$/u;
const AXIS = /^(?:primary|secondary)-[xyz]$/u;
const HERE = /^\.{0,2}$/u;
const HIDING = [
    ...["table:display=false", "table:visibility=collapse", "table:visibility=filter", "draw:display=none"],
    ...["text:display=none", "text:display=condition", "presentation:visibility=hidden"],
];
const MARKS = [
    ...["text:bookmark", "text:bookmark-start", "text:bookmark-end"],
    ...["text:reference-mark", "text:reference-mark-start", "text:reference-mark-end"],
];
const DECLARATIONS = ["presentation:header-decl", "presentation:footer-decl", "presentation:date-time-decl"];
const USES = ["presentation:use-header-name", "presentation:use-footer-name", "presentation:use-date-time-name"];
const EXPRESSIONS = ["table:named-range", "table:named-expression"];
const SHOWN = [
    ...["draw:image", "draw:fill-image", "style:background-image", "text:list-level-style-image"],
    ...["chart:symbol-image", "draw:plugin"],
];
const NUMBER_OF_PAGE = "&lt;number&gt;";
const TEXT = />([^<]+)</g;

/** Where a part finds the other files of its package. */
export interface Files {
    /** The new address of a picture, or of sound and film. */
    picture(href: string, film: boolean): string | undefined;
    /** The new address of a document in the document. */
    document(href: string): string | undefined;
}

type Numbers = (old: string) => string;
type Kind = "id" | "decl" | "table" | "page" | "mark" | "part";
export type Names = Readonly<Record<Kind, Numbers>>;

/** New names for old ones, in the order in which they are first met. */
function numbers(name: string): Numbers {
    const known = new Map<string, string>();
    return (old) => {
        const fresh = known.get(old) ?? `${name}${known.size + 1}`;
        known.set(old, fresh);
        return fresh;
    };
}

/** The names that the parts of one document share. */
export function shared(): Names {
    return {
        id: numbers("id"),
        decl: numbers("decl"),
        table: numbers("Table"),
        page: numbers("page"),
        mark: numbers("mark"),
        part: numbers("Part"),
    };
}

/** What a part mentions by name: words in formulas, headers and footers in use. */
export class Mentions {
    readonly words = new Set<string>();
    readonly uses = new Set<string>();

    constructor(untrusted: Uint8Array) {
        const reader = new XmlReader(untrusted, VOCABULARY.prefixes);
        for (const [tag] of reader) {
            for (const [name, value] of tag.attributes) {
                if (name === "table:formula" || name === "table:expression") {
                    const kept = formula(value, (prefix) => reader.meaning(prefix)) ?? "";
                    for (const word of kept.match(WORD) ?? []) this.words.add(word);
                } else if (USES.includes(name)) {
                    this.uses.add(value);
                }
            }
        }
    }
}

/** A formula in a language of ours, if it stays within the file. */
function formula(value: string, meaning: (prefix: string) => string): string | undefined {
    const [, prefix, rest = ""] = FORMULA.exec(value) ?? [];
    const language = prefix === undefined ? "" : meaning(prefix);
    if (ELSEWHERE.test(value) || (prefix !== undefined && !LANGUAGES.includes(language))) return undefined;
    return prefix === undefined ? value : `${language}:${rest}`;
}

/** One part. *kind* is the document's, *names* are shared by its parts. */
export class OpenMarkup extends Rewriter {
    private readonly kind: string;
    private readonly files: Files;
    private readonly names: Names;
    private readonly mentions: Mentions;

    constructor(kind: string, files: Files, names: Names, mentions: Mentions) {
        super(VOCABULARY);
        this.kind = kind;
        this.files = files;
        this.names = names;
        this.mentions = mentions;
        this.value(IDENTIFIERS, names.id);
        this.value(USES, names.decl);
        this.value(["office:version"], () => VERSION);
        this.value(["table:formula", "table:expression"], (value) => this.formula(value));
        this.value(["style:condition", "calcext:value"], (value) => (ELSEWHERE.test(value) ? undefined : value));
        this.value(["presentation:group-id"], (value) => (DIGITS.test(value) ? value : undefined));
        this.value(["smil:begin", "smil:end"], (value) => this.moment(value));
        this.value(["chart:name"], (value) => (AXIS.test(value) ? value : undefined));
        this.hook(WORDS, (tag) => this.wordsOnly(tag));
        this.hook(SHOWN, (tag) => this.shown(tag));
        this.hook(DECLARATIONS, (tag) => this.mentioned(tag, "presentation:name", this.mentions.uses));
        this.hook(EXPRESSIONS, (tag) => this.mentioned(tag, "table:name", this.mentions.words));
        this.hook(["draw:object"], (tag) => this.object(tag));
        this.hook(["text:a", "draw:a"], (tag) => this.link(tag));
        this.hook(["table:table"], (tag) => this.table(tag));
        this.hook(["presentation:notes"], (tag) => this.copied(tag, { leave: (element) => this.notes(element) }));
    }

    /** Names depend on what is named. */
    override kept(tag: Tag): Map<string, string> {
        const kept = super.kept(tag);
        for (const name of ["draw:name", "table:name", "text:name", "presentation:name", "xlink:href"]) {
            const value = kept.get(name);
            const clean = value === undefined ? undefined : this.named(tag.name, name, value);
            if (clean === undefined) kept.delete(name);
            else kept.set(name, clean);
        }
        if ([...kept].some((pair) => HIDING.includes(pair.join("=")))) this.warnings.add("hidden-content");
        return kept;
    }

    /** The document without what cannot be seen in its texts. */
    override rewrite(untrusted: Uint8Array): string {
        const written = super.rewrite(untrusted);
        if (!unseen(written)) return written;
        const clean = written.replace(TEXT, (_, text: string) => `>${visible(text)}<`);
        if (clean !== written) this.note(["invisible-text"]);
        return clean;
    }

    /** Formulas name a prefix too. */
    protected override isUsed(prefix: string, body: string): boolean {
        return super.isUsed(prefix, body) || (LANGUAGES.includes(prefix) && body.includes(`="${prefix}:=`));
    }

    private value(names: readonly string[], judge: (value: string) => string | undefined): void {
        for (const name of names) this.values.set(name, judge);
    }

    private hook(names: readonly string[], decide: (tag: Tag) => Element): void {
        for (const name of names) this.hooks.set(name, decide);
    }

    private named(element: string, attribute: string, value: string): string | undefined {
        if (attribute === "xlink:href") return HERE.test(value) ? value : undefined;
        if (NAMED.includes(element) || (attribute === "table:name" && EXPRESSIONS.includes(element))) return value;
        if (attribute === "table:name") {
            const sheet = this.kind === "spreadsheet" || element !== "table:table";
            return sheet || value === "local-table" ? value : this.fresh("table", value);
        }
        if (element === "draw:page") return this.fresh("page", value);
        if (attribute === "text:name") return this.fresh(MARKS.includes(element) ? "mark" : "part", value);
        if (attribute === "presentation:name") return this.names.decl(value);
        this.note(["identifier"]);
        return undefined;
    }

    private fresh(kind: Kind, value: string): string {
        const name = this.names[kind](value);
        if (name !== value) this.note(["identifier"]);
        return name;
    }

    private formula(value: string): string | undefined {
        const written = formula(value, this.meaning);
        if (written === undefined) this.note(["link"]);
        else for (const language of LANGUAGES) this.used.add(language);
        return written;
    }

    /** When an animation begins; another one may be named. */
    private moment(value: string): string | undefined {
        const [, id, rest = ""] = MOMENT.exec(value) ?? [];
        if (id !== undefined) return this.names.id(id) + rest;
        return CLOCK.test(value) ? value : undefined;
    }

    /** Leave the words that a field shows. */
    private wordsOnly(tag: Tag): Element {
        if (tag.attributes.get("text:display") === "none") {
            this.warnings.add("hidden-content");
            return this.gone();
        }
        return new Element(tag.name, "", "", true);
    }

    private shown(tag: Tag): Element {
        const attributes = this.kept(tag);
        const href = tag.attributes.get("xlink:href");
        if (href === undefined) return tag.name === "style:background-image" ? this.copied(tag, { attributes }) : this.goneWithFile();
        const address = this.files.picture(href, tag.name === "draw:plugin");
        return address === undefined ? this.gone() : this.copied(tag, { attributes: attributes.set("xlink:href", address) });
    }

    private object(tag: Tag): Element {
        const href = tag.attributes.get("xlink:href");
        if (href === undefined) return this.goneWithFile();
        const address = this.files.document(href);
        return address === undefined ? this.gone() : this.copied(tag, { attributes: this.kept(tag).set("xlink:href", address) });
    }

    /** Drop an element that holds a file in itself. */
    private goneWithFile(): Element {
        this.note(["attachment"]);
        this.warnings.add("files-dropped");
        return this.gone();
    }

    private link(tag: Tag): Element {
        const old = tag.attributes.get("xlink:href") ?? "";
        const inside = old.startsWith("#");
        const address = inside ? this.place(old.slice(1)) : cleanLink(old);
        if (address !== old && !inside) this.note(["link"]);
        if (address === undefined) return new Element(tag.name, "", "", tag.name === "text:a");
        return this.copied(tag, { attributes: this.kept(tag).set("xlink:href", address) });
    }

    /** The address of a place in the same document; its names are new. */
    private place(name: string): string | undefined {
        if (this.kind === "spreadsheet") return ELSEWHERE.test(name) || name.includes("|") ? undefined : `#${name}`;
        if (this.kind === "presentation" || this.kind === "drawing") return `#${this.names.page(name)}`;
        return name.includes("|") ? undefined : `#${this.names.mark(name)}`;
    }

    /** A sheet that is called like an address holds what came from there. */
    private table(tag: Tag): Element {
        if (!ELSEWHERE.test(tag.attributes.get("table:name") ?? "")) return this.copied(tag);
        this.note(["link"]);
        return this.gone();
    }

    private mentioned(tag: Tag, attribute: string, mentions: ReadonlySet<string>): Element {
        return mentions.has(tag.attributes.get(attribute) ?? "") ? this.copied(tag) : this.dropped(tag);
    }

    /** Tell of notes with words in them: they are not on the slide. */
    private notes(element: Element): boolean {
        const texts = this.pieces.slice(element.start).filter((piece) => !piece.startsWith("<"));
        if (texts.some((text) => /[^ \t\n]/u.test(text) && text !== NUMBER_OF_PAGE)) this.warnings.add("hidden-content");
        return true;
    }
}
