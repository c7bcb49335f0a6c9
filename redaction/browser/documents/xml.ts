/** The twin of `files/documents/xml.py`, which says what is read and what is refused. */

/* eslint-disable no-misleading-character-class -- the ranges of the standard, no letters to read */

import { LIMITS } from "../policy.ts";
import { type Demand, demanding, UnreadableFileError } from "../walker.ts";

const demand: Demand = demanding("xml-malformed");

export const XML = "http://www.w3.org/XML/1998/namespace";
const XMLNS = "http://www.w3.org/2000/xmlns/";
/** The prefix of all names whose namespace the caller did not name. */
export const UNKNOWN = "?";
export const ENTITIES: ReadonlyMap<string, string> = new Map([["amp", "&"], ["lt", "<"], ["gt", ">"], ["quot", '"'], ["apos", "'"]]);

const START =
    "A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d" +
    "\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd";
const NC = `[${START}][${START}0-9.\\u00b7\\u0300-\\u036f\\u203f\\u2040-]*`;
const QNAME = `${NC}(?::${NC})?`;
const S = "[ \\t\\n]";
const LITERAL = `(?:"[^"<>]*"|'[^'<>]*')`;
const HEAD = new RegExp(QNAME, "y");
const ATTRIBUTE = new RegExp(`${S}+(${QNAME})${S}*=${S}*(["'])`, "y");
const TAIL = new RegExp(`${S}*(/?)>`, "y");
const END = new RegExp(`/(${QNAME})${S}*>`, "y");
const DECLARATION = new RegExp(
    `<\\?xml${S}+version${S}*=${S}*(?:'1\\.0'|"1\\.0")` +
        `(?:${S}+encoding${S}*=${S}*["']([A-Za-z][A-Za-z0-9._-]*)["'])?` +
        `(?:${S}+standalone${S}*=${S}*["'](?:yes|no)["'])?${S}*\\?>`,
    "y",
);
/** A document type that only names itself; one that declares anything is refused. */
const DOCTYPE = new RegExp(`!DOCTYPE${S}+${QNAME}(?:${S}+(?:SYSTEM|PUBLIC${S}+${LITERAL})(?:${S}+${LITERAL})?)?${S}*>`, "iy");
// eslint-disable-next-line no-control-regex -- a document has none
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const REFERENCE = /&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]*));/g;
const MAX_KNOWN = 10_000;
const MAX_SCOPES = 100;

/** What stands between "<" and ">". */
export const Kind = { START: 0, END: 1, EMPTY: 2, NOTHING: 3 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/**
 * A tag, the same object wherever the same tag is written in the same scope.
 *
 * `name` and the keys of `attributes` are "prefix:local" with the caller's prefixes, or "local"
 * where there is no namespace. `memo` is for the caller.
 */
export class Tag {
    readonly kind: Kind;
    readonly name: string;
    readonly attributes: ReadonlyMap<string, string>;
    readonly written: string;
    memo: unknown;

    constructor(kind: Kind, name: string, attributes: ReadonlyMap<string, string>, written: string) {
        this.kind = kind;
        this.name = name;
        this.attributes = attributes;
        this.written = written;
    }
}

/** What prefixes mean, and the tags that were read under this meaning. */
class Scope {
    readonly uris: ReadonlyMap<string, string>;
    readonly known = new Map<string, Tag>();
    readonly inner = new Map<string, Scope>();

    constructor(uris: ReadonlyMap<string, string>) {
        this.uris = uris;
    }
}

/** A tag, where its ">" stands, and text that it holds. */
type Read = readonly [tag: Tag, close: number, inserted: string];

const NOTHING = new Tag(Kind.NOTHING, "", new Map(), "");

/**
 * Every tag together with the decoded text behind it; iterate once.
 *
 * Raises `UnreadableFileError`: `xml-malformed`, `xml-dtd`, `xml-too-large`.
 */
export class XmlReader implements Iterable<readonly [Tag, string]> {
    /** The categories of what was passed over. */
    readonly passed = new Set<string>();
    /** The URIs that the file has declared, by the caller's prefixes. */
    readonly uris = new Map<string, string>();
    private readonly text: string;
    private readonly prefixes: ReadonlyMap<string, string>;
    private readonly doctype: boolean;
    private readonly entities: ReadonlyMap<string, string>;
    private scope = new Scope(new Map([["", ""], ["xml", XML]]));
    private readonly outer: [depth: number, scope: Scope][] = [];
    private readonly open: string[] = [];
    private begun = false;

    /** *namespaces* gives a prefix for each URI, *entities* the characters that may be named. */
    constructor(
        untrusted: Uint8Array,
        namespaces: ReadonlyMap<string, string>,
        doctype = false,
        entities: ReadonlyMap<string, string> = ENTITIES,
    ) {
        this.text = decode(untrusted);
        this.prefixes = new Map([[XML, "xml"], ...namespaces]);
        this.doctype = doctype;
        this.entities = entities;
    }

    *[Symbol.iterator](): Generator<readonly [Tag, string]> {
        const text = this.text;
        let at = this.prolog();
        while (at >= 0) {
            let close = text.indexOf(">", at);
            let tag = this.scope.known.get(text.slice(at + 1, close));
            let inserted = "";
            if (tag === undefined) [tag, close, inserted] = this.fresh(at);
            if (tag.kind === Kind.END) this.leave(tag);
            else if (tag.kind !== Kind.NOTHING) this.enter(tag);
            at = text.indexOf("<", close);
            const behind = at < 0 ? text.slice(close + 1) : text.slice(close + 1, at);
            yield [tag, inserted + this.behind(behind)];
        }
        demand(this.begun && this.open.length === 0);
    }

    /** The caller's prefix for one that the file uses here, in a value. */
    meaning(prefix: string): string {
        return this.prefixes.get(this.scope.uris.get(prefix) ?? "") ?? UNKNOWN;
    }

    /** Step over the declaration; return where the first "<" stands. */
    private prolog(): number {
        const declared = match(DECLARATION, this.text, 0);
        const at = declared?.[0].length ?? 0;
        if (declared !== undefined && !["utf-8", "utf-16"].includes((declared[1] ?? "utf-8").toLowerCase())) {
            demand(/^[\0-\x7f]*$/.test(this.text));
        }
        const first = this.text.indexOf("<", at);
        demand(first >= 0 && isBlank(this.text.slice(at, first)));
        return first;
    }

    private enter(tag: Tag): void {
        demand(this.open.length > 0 || !this.begun);
        this.begun = true;
        if (tag.kind !== Kind.START) return;
        this.open.push(tag.written);
        if (this.open.length > LIMITS.xml_depth) throw new UnreadableFileError("xml-too-large");
    }

    private leave(tag: Tag): void {
        demand(this.open.pop() === tag.written);
        const [depth, scope] = this.outer.at(-1) ?? [-1, this.scope];
        if (depth !== this.open.length) return;
        this.outer.pop();
        this.scope = scope;
    }

    /** The text behind a tag, decoded. */
    private behind(raw: string): string {
        if (raw === "") return raw;
        demand(this.open.length > 0 ? !raw.includes("]]>") : isBlank(raw));
        return this.decoded(raw);
    }

    private fresh(at: number): Read {
        const mark = this.text.charAt(at + 1);
        if (mark === "!" || mark === "?") return this.passOver(at, mark);
        if (mark !== "/") return this.start(at);
        const end = match(END, this.text, at + 1);
        if (end?.[1] === undefined) throw new UnreadableFileError("xml-malformed");
        const tag = new Tag(Kind.END, this.name(end[1]), new Map(), end[1]);
        return this.remember(tag, at, at + end[0].length);
    }

    private passOver(at: number, mark: string): Read {
        const text = this.text;
        if (text.startsWith("<!--", at)) {
            const end = text.indexOf("--", at + 4);
            demand(end >= 0 && text.startsWith(">", end + 2));
            this.passed.add("comment");
            return [NOTHING, end + 2, ""];
        }
        if (text.startsWith("<![CDATA[", at)) {
            const end = text.indexOf("]]>", at);
            demand(end >= 0 && this.open.length > 0);
            return [NOTHING, end + 2, text.slice(at + 9, end)];
        }
        if (mark === "?") {
            const end = text.indexOf("?>", at);
            demand(end >= 0 && match(HEAD, text, at + 2) !== undefined);
            demand(!/^<\?xml[ \t\n?]/i.test(text.slice(at, at + 6)));
            this.passed.add("unknown");
            return [NOTHING, end + 1, ""];
        }
        const type = match(DOCTYPE, text, at + 1);
        if (type === undefined || !this.doctype || this.begun) throw new UnreadableFileError("xml-dtd");
        return [NOTHING, at + type[0].length, ""];
    }

    private start(at: number): Read {
        const head = match(HEAD, this.text, at + 1);
        if (head === undefined) throw new UnreadableFileError("xml-malformed");
        const [written, declared, position] = this.attributes(at + 1 + head[0].length);
        const tail = match(TAIL, this.text, position);
        if (tail === undefined) throw new UnreadableFileError("xml-malformed");
        const kind = tail[1] === "/" ? Kind.EMPTY : Kind.START;
        const outer = this.scope;
        if (declared.size > 0) {
            this.scope = this.declare(declared);
            if (kind === Kind.START) this.outer.push([this.open.length, outer]);
        }
        const tag = new Tag(kind, this.name(head[0]), this.resolved(written), head[0]);
        if (kind === Kind.EMPTY) this.scope = outer;
        const close = position + tail[0].length - 1;
        return declared.size > 0 ? [tag, close, ""] : this.remember(tag, at, close);
    }

    /** Attributes and declarations as they are written, and where they end. */
    private attributes(start: number): [Map<string, string>, Map<string, string>, number] {
        const [written, declared] = [new Map<string, string>(), new Map<string, string>()];
        let at = start;
        for (let found = match(ATTRIBUTE, this.text, at); found !== undefined; found = match(ATTRIBUTE, this.text, at)) {
            const [whole, name = "", quote = ""] = found;
            const end = this.text.indexOf(quote, at + whole.length);
            const raw = this.text.slice(at + whole.length, end);
            demand(end >= 0 && !raw.includes("<") && !written.has(name) && !declared.has(name));
            const value = this.decoded(raw.replace(/[\t\n]/g, " "));
            (name === "xmlns" || name.startsWith("xmlns:") ? declared : written).set(name, value);
            if (written.size + declared.size > LIMITS.xml_attributes) throw new UnreadableFileError("xml-too-large");
            at = end + 1;
        }
        return [written, declared, at];
    }

    /** The scope inside an element with these declarations. */
    private declare(declared: ReadonlyMap<string, string>): Scope {
        const key = JSON.stringify([...declared]);
        const known = this.scope.inner.get(key);
        if (known !== undefined) return known;
        const uris = new Map(this.scope.uris);
        for (const [name, uri] of declared) {
            const prefix = name.slice(6);
            demand(prefix !== "xml" && prefix !== "xmlns" && uri !== XML && uri !== XMLNS);
            demand(uri !== "" || prefix === "");
            uris.set(prefix, uri);
            const canonical = this.prefixes.get(uri);
            if (canonical !== undefined) {
                demand((this.uris.get(canonical) ?? uri) === uri);
                this.uris.set(canonical, uri);
            }
        }
        const scope = new Scope(uris);
        if (this.scope.inner.size < MAX_SCOPES) this.scope.inner.set(key, scope);
        return scope;
    }

    /** Attributes by canonical name; no two may have the same meaning. */
    private resolved(written: ReadonlyMap<string, string>): Map<string, string> {
        const resolved = new Map<string, string>();
        const meanings = new Set<string>();
        for (const [name, value] of written) {
            const colon = name.indexOf(":");
            if (colon < 0) {
                resolved.set(name, value);
                continue;
            }
            const [uri, local] = [this.uri(name.slice(0, colon)), name.slice(colon + 1)];
            demand(!meanings.has(`${local} ${uri}`));
            meanings.add(`${local} ${uri}`);
            resolved.set(`${this.prefixes.get(uri) ?? UNKNOWN}:${local}`, value);
        }
        return resolved;
    }

    /** The canonical name of an element. */
    private name(written: string): string {
        const colon = written.indexOf(":");
        const uri = this.uri(written.slice(0, Math.max(colon, 0)));
        const local = written.slice(colon + 1);
        return uri === "" ? local : `${this.prefixes.get(uri) ?? UNKNOWN}:${local}`;
    }

    private uri(prefix: string): string {
        const uri = this.scope.uris.get(prefix);
        if (uri === undefined) throw new UnreadableFileError("xml-malformed");
        return uri;
    }

    /** Keep a tag for the next time that the same letters come, if ">" ends them. */
    private remember(tag: Tag, at: number, close: number): Read {
        const { known } = this.scope;
        const raw = this.text.slice(at + 1, close);
        if (!raw.includes(">")) {
            if (known.size >= MAX_KNOWN) known.clear();
            known.set(raw, tag);
        }
        return [tag, close, ""];
    }

    /** *raw* with every reference replaced by its character. */
    private decoded(raw: string): string {
        if (!raw.includes("&")) return raw;
        demand(!raw.replace(REFERENCE, "").includes("&"));
        return raw.replace(REFERENCE, (_, decimal?: string, hexadecimal?: string, name?: string) => {
            const code = decimal === undefined ? parseInt(hexadecimal ?? "", 16) : Number(decimal);
            const char = name === undefined ? character(code) : this.entities.get(name);
            if (char === undefined) throw new UnreadableFileError("xml-malformed");
            return char;
        });
    }
}

/** Character data that reads as *text* again. */
export function escapeText(text: string): string {
    const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    return escaped.replaceAll("\r", "&#13;");
}

/** What stands between double quotes and reads as *value* again. */
export function escapeValue(value: string): string {
    return escapeText(value).replaceAll('"', "&quot;").replaceAll("\t", "&#9;").replaceAll("\n", "&#10;");
}

function character(code: number): string {
    demand(code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff));
    const char = String.fromCodePoint(code);
    demand(!FORBIDDEN.test(char));
    return char;
}

/** What a sticky pattern finds at *at*. */
function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    return pattern.exec(text) ?? undefined;
}

function isBlank(text: string): boolean {
    return /^[ \t\n]*$/.test(text);
}

/** The text with its lines ended by "\n" alone. */
function decode(untrusted: Uint8Array): string {
    if (untrusted.length > LIMITS.xml_bytes) throw new UnreadableFileError("xml-too-large");
    const mark = ((untrusted[0] ?? 0) << 8) | (untrusted[1] ?? 0);
    const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
    const text = decodeAs(encoding, untrusted);
    demand(!FORBIDDEN.test(text));
    return text.replace(/\r\n?/g, "\n");
}

function decodeAs(encoding: string, untrusted: Uint8Array): string {
    try {
        return new TextDecoder(encoding, { fatal: true }).decode(untrusted);
    } catch {
        throw new UnreadableFileError("xml-malformed");
    }
}
