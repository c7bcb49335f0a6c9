/**
 * Read a cleaned Office file a second time, knowing nothing of how it was made; the twin of
 * `files/documents/office/verify.py`.
 *
 * What the cleaner writes has one spelling, so patterns can read it whole: a declaration, a root
 * that declares its namespaces, tags with double quotes, text.
 */

import rules from "../../../files/documents/office/rules.json";
import { type Demand, demanding } from "../../walker.ts";

const demand: Demand = demanding("document-malformed");

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const TAG = /<(\/?)([A-Za-z0-9]+:)?([A-Za-z][A-Za-z0-9]*)((?: [A-Za-z0-9:]+="[^"<>]*")*)(\/?)>([^<>]*)/y;
const ATTRIBUTE = / ([A-Za-z0-9:]+)="([^"]*)"/g;
const REFERENCES = /&(?!(?:amp|lt|gt|quot|#9|#10|#13);)/;
const PREFIX = new Map(Object.entries(rules.namespaces).flatMap(([prefix, uris]) => uris.map((uri) => [uri, prefix] as const)));
const ELEMENTS = new Set(
    Object.entries(rules.elements).flatMap(([prefix, names]) => names.split(" ").map((name) => `${prefix}:${name}`)),
);
const ATTRIBUTES = new Map(Object.entries(rules.attributes).map(([prefix, names]) => [prefix, new Set(names.split(" "))]));
const TEXTS = new Set(rules.texts.split(" "));
const FAMILIES: readonly Readonly<Record<string, { readonly content: string }>>[] = Object.values(rules.parts);
const KINDS = new Set(["hyperlink", ...FAMILIES.flatMap((kinds) => Object.keys(kinds))]);
const CONTENT = new Set(FAMILIES.flatMap((kinds) => Object.values(kinds).map(({ content }) => content)));
const MEDIA = new Set([...rules.pictures.split(" "), ...rules.media.split(" ")]);
const PART = /^(?:word|xl|ppt)\/(?:[A-Za-z]+\/)?[A-Za-z]+[0-9]*\.[a-z0-9]{2,4}$/;
const RELATIONS_PART = /^((?:word|xl|ppt)\/(?:[A-Za-z]+\/)?)_rels\/([A-Za-z0-9.]+)\.rels$/;
const ADDRESS = /^(?:https?:\/\/|mailto:|#)/;
const PACKAGE = "http://schemas.openxmlformats.org/package/2006/";

type Members = ReadonlyMap<string, Uint8Array>;

interface Read {
    readonly closes: boolean;
    readonly empty: boolean;
    readonly name: string;
    readonly attributes: ReadonlyMap<string, string>;
    readonly text: string;
}

/** Raise `UnreadableFileError` at the first thing that has no right to be there. */
export function verifyOffice(members: Members): void {
    const [types, defaults] = contentTypes(members.get("[Content_Types].xml"));
    const reached = new Set(targetsOf("", members.get("_rels/.rels"), members).values());
    const parts = [...members.keys()].filter((name) => !name.endsWith(".rels") && name !== "[Content_Types].xml");
    for (const name of members.keys()) {
        if (!name.endsWith(".rels") || name === "_rels/.rels") continue;
        const place = RELATIONS_PART.exec(name);
        demand(place !== null && members.has(`${place[1]}${place[2]}`));
    }
    for (const name of parts) {
        demand(PART.test(name));
        const slash = name.lastIndexOf("/") + 1;
        const relations = members.get(`${name.slice(0, slash)}_rels/${name.slice(slash)}.rels`);
        const targets = relations === undefined ? new Map<string, string>() : targetsOf(name, relations, members);
        for (const target of targets.values()) reached.add(target);
        if (name.endsWith(".xml")) {
            demand(CONTENT.has(types.get(name) ?? "?"));
            verifyPart(members.get(name), targets);
        } else {
            demand(name.includes("/media/") && MEDIA.has(defaults.get(name.slice(name.lastIndexOf(".") + 1)) ?? "?"));
        }
    }
    demand(parts.every((name) => reached.has(name)) && [...types.keys()].every((name) => parts.includes(name)));
}

function contentTypes(written: Uint8Array | undefined): [Map<string, string>, Map<string, string>] {
    const [types, defaults] = [new Map<string, string>(), new Map<string, string>()];
    for (const { name, attributes } of simpleTags(written, "content-types", "Types")) {
        const [key, content] = [attributes.get(name === "Default" ? "Extension" : "PartName"), attributes.get("ContentType")];
        demand((name === "Default" || (name === "Override" && key?.startsWith("/") === true)) && attributes.size === 2);
        if (name === "Default") defaults.set(key ?? "", content ?? "");
        else types.set(key?.slice(1) ?? "", content ?? "");
    }
    return [types, defaults];
}

/** What each relationship of a part leads to. */
function targetsOf(part: string, written: Uint8Array | undefined, members: Members): Map<string, string> {
    const targets = new Map<string, string>();
    for (const { name, attributes } of simpleTags(written, "relationships", "Relationships")) {
        const [id = "", type = "", target = ""] = ["Id", "Type", "Target"].map((key) => attributes.get(key));
        const external = attributes.get("TargetMode") === "External";
        demand(name === "Relationship" && attributes.size === (external ? 4 : 3));
        demand(KINDS.has(type.slice(type.lastIndexOf("/") + 1)) && /^rId[0-9]+$/.test(id) && !targets.has(id));
        const place = external ? target : new URL(target, `https://package/${part}`).pathname.slice(1);
        targets.set(id, place);
        demand(external ? ADDRESS.test(target) : members.has(place));
    }
    return targets;
}

/** The tags inside a root of the package's own formats, none of which holds anything. */
function simpleTags(written: Uint8Array | undefined, namespace: string, root: string): Read[] {
    const tags = [...tagsOf(written)];
    const [first, last] = [tags.shift(), tags.pop()];
    demand(first?.name === root && first.attributes.get("xmlns") === PACKAGE + namespace && first.attributes.size === 1);
    demand(last?.name === root && last.closes && tags.every(({ empty }) => empty));
    demand([first, last, ...tags].every((tag) => tag.text === ""));
    return tags;
}

function verifyPart(written: Uint8Array | undefined, targets: ReadonlyMap<string, string>): void {
    let bare: string | undefined;
    let ended = false;
    const open: string[] = [];
    for (const { closes, empty, name, attributes, text } of tagsOf(written)) {
        demand(!ended);
        const root = bare === undefined;
        bare ??= declare(attributes);
        const full = name.includes(":") ? name : `${bare}:${name}`;
        if (closes) demand(open.pop() === full);
        else verifyElement(full, attributes, targets, root);
        if (!closes && !empty) open.push(full);
        ended = open.length === 0;
        demand(text.trim() === "" || TEXTS.has(open.at(-1) ?? ""));
    }
    demand(ended);
}

/** The prefix that names without one have; every declaration must be one of the table. */
function declare(attributes: ReadonlyMap<string, string>): string {
    let bare = "";
    for (const [name, value] of attributes) {
        if (name === "xmlns") bare = PREFIX.get(value) ?? "?";
        else if (name.startsWith("xmlns:")) demand(PREFIX.get(value) === name.slice(6));
    }
    return bare;
}

function verifyElement(name: string, attributes: ReadonlyMap<string, string>, targets: ReadonlyMap<string, string>, root: boolean): void {
    demand(ELEMENTS.has(name));
    const allowed = ATTRIBUTES.get(name.slice(0, name.indexOf(":")));
    for (const [attribute, value] of attributes) {
        if (root && /^(?:xmlns(?::[A-Za-z0-9]+)?|mc:Ignorable)$/.test(attribute)) continue;
        demand(allowed?.has(attribute) === true);
        demand(!attribute.startsWith("r:") || value === "" || targets.has(value));
    }
}

function* tagsOf(written: Uint8Array | undefined): Generator<Read> {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(written ?? new Uint8Array());
    demand(text.startsWith(DECLARATION) && !REFERENCES.test(text));
    let at = DECLARATION.length;
    while (at < text.length) {
        TAG.lastIndex = at;
        const [whole = "", closes, prefix = "", local = "", attributes = "", empty, behind = ""] = TAG.exec(text) ?? [];
        demand(local !== "" && (closes === "" || (attributes === "" && empty === "")));
        const pairs = Array.from(attributes.matchAll(ATTRIBUTE), ([, name = "", value = ""]) => [name, value] as const);
        demand(new Map(pairs).size === pairs.length);
        at += whole.length;
        yield { closes: closes === "/", empty: empty === "/", name: prefix + local, attributes: new Map(pairs), text: behind };
    }
}
