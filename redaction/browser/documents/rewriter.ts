/** The twin of `files/documents/rewriter.py`, which says what a vocabulary is and how hooks decide. */

import { UnreadableFileError } from "../walker.ts";
import { escapeText, escapeValue, Kind, type Tag, UNKNOWN, XmlReader } from "./xml.ts";

export const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const REQUIRES = /<mc:Choice Requires="([^"]*)"/g;

/** The shape of the JSON files that hold a vocabulary. */
export interface Rules {
    readonly namespaces: Readonly<Record<string, readonly string[]>>;
    readonly default?: string;
    readonly ignorable?: string;
    readonly elements: Readonly<Record<string, string>>;
    readonly texts: string;
    readonly unwrapped?: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly tells: Readonly<Record<string, string>>;
    readonly warns?: Readonly<Record<string, string>>;
}

/** The names that may stay in a family of XML formats. */
export class Vocabulary {
    readonly prefixes: ReadonlyMap<string, string>;
    readonly uris: ReadonlyMap<string, string>;
    readonly default: string;
    readonly ignorable: ReadonlySet<string>;
    readonly elements: ReadonlySet<string>;
    readonly texts: ReadonlySet<string>;
    readonly unwrapped: ReadonlySet<string>;
    readonly attributes: ReadonlyMap<string, ReadonlySet<string>>;
    private readonly categories: ReadonlyMap<string, string>;
    private readonly warnings: ReadonlyMap<string, string>;

    constructor(rules: Rules) {
        const namespaces = Object.entries(rules.namespaces);
        this.prefixes = new Map(namespaces.flatMap(([prefix, uris]) => uris.map((uri) => [uri, prefix] as const)));
        this.uris = new Map(namespaces.map(([prefix, [uri = ""]]) => [prefix, uri]));
        this.default = rules.default ?? "";
        this.ignorable = names(rules.ignorable);
        this.elements = new Set(
            Object.entries(rules.elements).flatMap(([prefix, locals]) => locals.split(" ").map((local) => `${prefix}:${local}`)),
        );
        this.texts = names(rules.texts);
        this.unwrapped = names(rules.unwrapped);
        this.attributes = new Map(Object.entries(rules.attributes).map(([prefix, allowed]) => [prefix, names(allowed)]));
        this.categories = byName(rules.tells);
        this.warnings = byName(rules.warns ?? {});
    }

    /** The category of a dropped element, or of a dropped "@attribute". */
    tells(name: string): readonly string[] {
        const category = this.categories.get(name) ?? "unknown";
        return category === "nothing" ? [] : [category];
    }

    /** The warning that a dropped or unwrapped element deserves, if any. */
    warns(name: string): readonly string[] {
        const warning = this.warnings.get(name);
        return warning === undefined ? [] : [warning];
    }

    /** How a name is written. */
    written(name: string): string {
        const prefix = prefixOf(name);
        return prefix !== "" && prefix === this.default ? name.slice(prefix.length + 1) : name;
    }
}

/** An element that is being copied; shared between equal tags unless it has a `leave`. */
export class Element {
    readonly name: string;
    readonly opening: string;
    closing: string;
    readonly holdsText: boolean;
    readonly collects: boolean;
    readonly leave: Leave | undefined;
    start = 0;
    text = "";
    /** What a subclass wants to remember of the element. */
    state = "";

    constructor(name: string, opening = "", closing = "", holdsText = false, collects = false, leave?: Leave) {
        this.name = name;
        this.opening = opening;
        this.closing = closing;
        this.holdsText = holdsText;
        this.collects = collects;
        this.leave = leave;
    }
}

/** Called before the end is written; false takes the whole element back. */
export type Leave = (element: Element) => boolean;
export type Attributes = ReadonlyMap<string, string>;

/** What stands for an element that goes with everything in it. */
const DROPPED = new Element("");

export interface Copying {
    readonly attributes?: Attributes;
    readonly name?: string;
    readonly leave?: Leave;
    readonly collects?: boolean;
}

/** One document, rewritten once. */
export class Rewriter {
    readonly vocabulary: Vocabulary;
    readonly hooks = new Map<string, (tag: Tag) => Element>();
    readonly values = new Map<string, (value: string) => string | undefined>();
    readonly removed = new Set<string>();
    readonly warnings = new Set<string>();
    readonly pieces: string[] = [];
    readonly open: Element[] = [];
    root = "";
    /** The vocabulary's prefix for one that the file uses here, in a value. */
    protected meaning: (prefix: string) => string = () => UNKNOWN;
    private rootSpelled = "";
    protected readonly used = new Set<string>();

    constructor(vocabulary: Vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** The document; raises `UnreadableFileError`. */
    rewrite(untrusted: Uint8Array): string {
        const reader = new XmlReader(untrusted, this.vocabulary.prefixes);
        this.meaning = (prefix) => reader.meaning(prefix);
        this.copy(reader);
        this.finish();
        this.note(reader.passed);
        return this.declared(this.pieces.join(""), reader.uris);
    }

    /** Change `pieces` once everything was read; nothing by default. */
    protected finish(): void {
        // For subclasses.
    }

    /** The attributes of the root that may stay. */
    protected rootAttributes(tag: Tag): Attributes {
        return this.kept(tag);
    }

    /** Write text into the element that is open. */
    protected writeText(text: string): void {
        this.pieces.push(escapeText(text));
    }

    /** Let an element go, of which the reason was reported already. */
    protected gone(): Element {
        return DROPPED;
    }

    protected isGone(element: Element): boolean {
        return element === DROPPED;
    }

    /** Let an element go with everything in it. */
    dropped(tag: Tag): Element {
        this.goes(tag.name);
        return DROPPED;
    }

    /** Let an element go, but not what it holds. */
    unwrapped(tag: Tag): Element {
        this.goes(tag.name);
        return new Element(tag.name);
    }

    /** Copy an element, with other attributes or another name if they are given. */
    copied(tag: Tag, { attributes = this.kept(tag), name = tag.name, leave, collects = false }: Copying = {}): Element {
        const written = this.vocabulary.written(name);
        this.used.add(prefixOf(name));
        const start = `<${written}${this.spelled(attributes)}`;
        if (tag.kind === Kind.EMPTY && leave === undefined) return new Element(name, `${start}/>`);
        return new Element(name, `${start}>`, `</${written}>`, this.vocabulary.texts.has(name), collects, leave);
    }

    /** The attributes of an element that may stay. */
    kept(tag: Tag): Map<string, string> {
        const allowed = this.vocabulary.attributes.get(prefixOf(tag.name));
        const kept = new Map<string, string>();
        for (const [name, value] of tag.attributes) {
            if (allowed?.has(name) !== true) {
                this.note(this.vocabulary.tells(`@${name}`));
                continue;
            }
            const judge = this.values.get(name);
            const written = judge === undefined ? value : judge(value);
            if (written !== undefined) kept.set(name, written);
        }
        return kept;
    }

    /** Whether an open element has one of these names. */
    within(...wanted: string[]): boolean {
        return this.open.some(({ name }) => wanted.includes(name));
    }

    /** Decide about an element by its name alone. */
    plain(tag: Tag): Element {
        if (this.vocabulary.unwrapped.has(tag.name)) return this.unwrapped(tag);
        return this.vocabulary.elements.has(tag.name) ? this.copied(tag) : this.dropped(tag);
    }

    /** Forget what was written from *start* on. */
    takeBack(start: number): void {
        this.pieces.length = start;
    }

    note(categories: Iterable<string>): void {
        for (const category of categories) this.removed.add(category);
    }

    private goes(name: string): void {
        this.note(this.vocabulary.tells(name));
        for (const warning of this.vocabulary.warns(name)) this.warnings.add(warning);
    }

    private copy(reader: XmlReader): void {
        let skipped = 0;
        for (const [tag, text] of reader) {
            if (skipped > 0) {
                skipped += tag.kind === Kind.START ? 1 : tag.kind === Kind.END ? -1 : 0;
                if (skipped > 0) continue;
            } else if (tag.kind === Kind.END) {
                const element = this.open.pop();
                if (element !== undefined) this.leave(element);
            } else if (tag.kind !== Kind.NOTHING && !this.enter(tag)) {
                skipped = tag.kind === Kind.START ? 1 : 0;
                if (skipped > 0) continue;
            }
            const top = this.open.at(-1);
            if (text !== "" && top !== undefined) this.text(top, text);
        }
    }

    /** Write the beginning of an element; false if it goes. */
    private enter(tag: Tag): boolean {
        const element = tag.memo instanceof Element ? tag.memo : this.judge(tag);
        if (element === DROPPED) return false;
        element.start = this.pieces.length;
        this.pieces.push(element.opening);
        if (tag.kind === Kind.START) this.open.push(element);
        else this.leave(element);
        return true;
    }

    /** Decide about an element; what does not depend on its place is decided once. */
    private judge(tag: Tag): Element {
        if (this.root === "") return this.judgeRoot(tag);
        const hook = this.hooks.get(tag.name);
        if (hook !== undefined) return hook(tag);
        const element = this.plain(tag);
        tag.memo = element;
        return element;
    }

    private judgeRoot(tag: Tag): Element {
        if (!this.vocabulary.elements.has(tag.name)) throw new UnreadableFileError("xml-malformed");
        this.root = tag.name;
        this.used.add(prefixOf(tag.name));
        this.rootSpelled = this.spelled(this.rootAttributes(tag));
        if (tag.kind === Kind.EMPTY) return new Element(tag.name, "/>");
        return new Element(tag.name, ">", `</${this.vocabulary.written(tag.name)}>`, this.vocabulary.texts.has(tag.name));
    }

    private leave(element: Element): void {
        if (element.leave !== undefined && !element.leave(element)) this.takeBack(element.start);
        else if (element.closing !== "") this.pieces.push(element.closing);
    }

    private text(element: Element, text: string): void {
        if (element.collects) element.text += text;
        else if (element.holdsText) this.writeText(text);
    }

    /** Attributes as they are written. */
    protected spelled(attributes: Attributes): string {
        let spelled = "";
        for (const [name, value] of attributes) {
            if (name.includes(":")) this.used.add(prefixOf(name));
            spelled += ` ${name}="${escapeValue(value)}"`;
        }
        return spelled;
    }

    /** The document with the namespaces declared that are in use. */
    private declared(body: string, uris: ReadonlyMap<string, string>): string {
        const { vocabulary } = this;
        const required = new Set(Array.from(body.matchAll(REQUIRES), ([, listed = ""]) => listed.split(" ")).flat());
        const used = [...vocabulary.uris.keys()].filter((prefix) => required.has(prefix) || this.isUsed(prefix, body));
        const ignorable = used.filter((prefix) => vocabulary.ignorable.has(prefix)).join(" ");
        if (ignorable !== "" && !used.includes("mc")) used.push("mc");
        let root = `<${vocabulary.written(this.root)}`;
        for (const prefix of used) {
            const name = prefix === vocabulary.default ? "xmlns" : `xmlns:${prefix}`;
            root += ` ${name}="${escapeValue(uris.get(prefix) ?? vocabulary.uris.get(prefix) ?? "")}"`;
        }
        if (ignorable !== "") root += ` mc:Ignorable="${ignorable}"`;
        return `${DECLARATION}${root}${this.rootSpelled}${body}`;
    }

    /** Whether *prefix* occurs; elements may have been taken back since. */
    protected isUsed(prefix: string, body: string): boolean {
        if (!this.used.has(prefix)) return false;
        if (prefixOf(this.root) === prefix || prefix === this.vocabulary.default) return true;
        const mark = ` ${prefix}:`;
        return body.includes(`<${prefix}:`) || body.includes(mark) || this.rootSpelled.includes(mark);
    }
}

function byName(groups: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
    return new Map(Object.entries(groups).flatMap(([group, listed]) => listed.split(" ").map((name) => [name, group] as const)));
}

function prefixOf(name: string): string {
    return name.slice(0, Math.max(name.indexOf(":"), 0));
}

function names(text = ""): ReadonlySet<string> {
    return new Set(text.split(" ").filter((name) => name !== ""));
}
