/**
 * Read a cleaned OpenDocument file a second time, knowing nothing of how it was made; the twin
 * of `files/documents/opendocument/verify.py`.
 *
 * What the cleaner writes has one spelling, so patterns can read it whole: a declaration, a root
 * that declares its namespaces, tags with double quotes, text.
 */

import rules from "../../../files/documents/opendocument/rules.json";
import { asLatin1 } from "../../policy.ts";
import { type Demand, demanding } from "../../walker.ts";
import { verifyText } from "../verify-plain.ts";

const demand: Demand = demanding("document-malformed");

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const TAG = /<(\/?)([a-z0-9]+:[A-Za-z][A-Za-z0-9-]*)((?: [A-Za-z0-9:-]+="[^"<>]*")*)(\/?)>([^<>]*)/y;
const ATTRIBUTE = / ([A-Za-z0-9:-]+)="([^"]*)"/g;
const REFERENCES = /&(?!(?:amp|lt|gt|quot|#9|#10|#13);)/;
const URIS: Readonly<Record<string, readonly string[]>> = rules.namespaces;
const ELEMENTS = new Set(
    Object.entries(rules.elements).flatMap(([prefix, names]) => names.split(" ").map((name) => `${prefix}:${name}`)),
);
const ATTRIBUTES = new Map(Object.entries(rules.attributes).map(([prefix, names]) => [prefix, new Set(names.split(" "))]));
const TEXTS = new Set(rules.texts.split(" "));
const KINDS: readonly string[] = Object.values(rules.kinds);
const PART = /^(?:(?:Object [0-9]+\/)?(?:content|styles)|settings)\.xml$/;
const FILE = /^(?:Object [0-9]+\/)?(Pictures|media)\/[0-9]+\.[a-z0-9]{2,4}$/;
const FOLDER = /^Object [0-9]+\/$/;
const ADDRESS = /^(?:https?:\/\/[^/]*\.|mailto:|#|\.{0,2}$)/;
const OUT_OF_FILE = /:\/\/|\\|'#|file:|DDE|WEBSERVICE/;
const NUMBERED: ReadonlyMap<string, RegExp> = new Map([
    ["xml:id", /^id[0-9]+$/],
    ["draw:id", /^id[0-9]+$/],
    ["smil:targetElement", /^id[0-9]+$/],
    ["text:name", /^(?:mark|Part)[0-9]+$/],
    ["presentation:name", /^decl[0-9]+$/],
    ["office:version", /^1\.3$/],
    ["config:type", /^boolean$/],
    ["config:name", /^(?:ooo:configuration-settings|[A-Z][A-Za-z0-9]{5,60})$/],
]);

type Members = ReadonlyMap<string, Uint8Array>;
type Attributes = ReadonlyMap<string, string>;

interface Read {
    readonly closes: boolean;
    readonly empty: boolean;
    readonly name: string;
    readonly attributes: Attributes;
    readonly text: string;
}

/** Raise `UnreadableFileError` at the first thing that has no right to be there. */
export function verifyOpenDocument(members: Members): void {
    const kind = asLatin1(members.get("mimetype") ?? new Uint8Array());
    demand([...members.keys()][0] === "mimetype" && KINDS.includes(kind));
    const listed = listedIn(members.get("META-INF/manifest.xml"));
    demand(listed.get("/") === kind);
    for (const [name, media] of listed) {
        if (name !== "/" && name.endsWith("/")) demand(FOLDER.test(name) && KINDS.includes(media));
        else demand(name === "/" || members.has(name));
    }
    demand(members.has("content.xml"));
    for (const [name, data] of members) {
        if (name === "mimetype" || name === "META-INF/manifest.xml") continue;
        const media = listed.get(name) ?? "?";
        if (PART.test(name)) {
            demand(media === "text/xml");
            verifyPart(name, data, members);
        } else {
            const folder = FILE.exec(name)?.[1];
            demand(folder !== undefined && (folder === "media" ? rules.media : rules.pictures).split(" ").includes(media));
        }
    }
}

/** What the manifest lists. */
function listedIn(written: Uint8Array | undefined): Map<string, string> {
    const tags = [...tagsOf(written)];
    const [root, end] = [tags.shift(), tags.pop()];
    demand(root?.name === "manifest:manifest" && root.attributes.size === 2 && root.attributes.get("manifest:version") === "1.3");
    demand(root.attributes.get("xmlns:manifest") === URIS["manifest"]?.[0] && end?.name === root.name && end.closes);
    const listed = new Map<string, string>();
    for (const { name, empty, attributes, text } of tags) {
        const [path, media] = [attributes.get("manifest:full-path"), attributes.get("manifest:media-type")];
        demand(name === "manifest:file-entry" && empty && attributes.size === 2 && text === "");
        demand(path !== undefined && media !== undefined && !listed.has(path));
        listed.set(path, media);
    }
    return listed;
}

function verifyPart(part: string, written: Uint8Array, members: Members): void {
    const folder = part.slice(0, part.lastIndexOf("/") + 1);
    const open: string[] = [];
    let begun = false;
    for (const { closes, empty, name, attributes, text } of tagsOf(written)) {
        demand(!begun || open.length > 0);
        if (closes) demand(open.pop() === name);
        else verifyElement(name, attributes, folder, members, !begun);
        if (!closes && !empty) open.push(name);
        begun = true;
        demand(text === "" || TEXTS.has(open.at(-1) ?? ""));
        verifyText(text);
    }
    demand(begun && open.length === 0);
}

function verifyElement(name: string, attributes: Attributes, folder: string, members: Members, root: boolean): void {
    demand(ELEMENTS.has(name));
    const allowed = ATTRIBUTES.get(name.slice(0, name.indexOf(":")));
    for (const [attribute, value] of attributes) {
        if (root && attribute.startsWith("xmlns:")) {
            demand(URIS[attribute.slice(6)]?.includes(value) === true);
            continue;
        }
        demand(allowed?.has(attribute) === true && NUMBERED.get(attribute)?.test(value) !== false);
        if (attribute === "xlink:href") demand(ADDRESS.test(value) || leadsInside(folder + value, members));
        if (attribute === "table:formula") demand(!OUT_OF_FILE.test(value));
    }
}

function leadsInside(address: string, members: Members): boolean {
    const path = decodeURI(new URL(address, "https://package/").pathname.slice(1));
    return members.has(path) || members.has(`${path}/content.xml`);
}

function* tagsOf(written: Uint8Array | undefined): Generator<Read> {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(written ?? new Uint8Array());
    demand(text.startsWith(DECLARATION) && !REFERENCES.test(text));
    let at = DECLARATION.length;
    while (at < text.length) {
        TAG.lastIndex = at;
        const [whole = "", closes, name = "", attributes = "", empty, behind = ""] = TAG.exec(text) ?? [];
        demand(name !== "" && (closes === "" || (attributes === "" && empty === "")));
        const pairs = Array.from(attributes.matchAll(ATTRIBUTE), ([, key = "", value = ""]) => [key, value] as const);
        demand(new Map(pairs).size === pairs.length);
        at += whole.length;
        yield { closes: closes === "/", empty: empty === "/", name, attributes: new Map(pairs), text: behind };
    }
}
