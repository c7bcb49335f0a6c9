/** The twin of `files/documents/office/parts.py`, which says which parts stay. */

import rules from "../../../files/documents/office/rules.json";
import { UnreadableFileError } from "../../walker.ts";
import { DECLARATION, Vocabulary } from "../rewriter.ts";
import { escapeValue, Kind, XmlReader } from "../xml.ts";

export const RULES = rules;
export const VOCABULARY = new Vocabulary(rules);
export const PACKAGE = "http://schemas.openxmlformats.org/package/2006/";
const BASES = [
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/",
    "http://schemas.microsoft.com/office/2007/relationships/",
];
const TAG = /<[^>]+>/g;
const REFERENCE = /( r:[a-z]+=")(rId[0-9]+)(?=")/g;

/** What a part of a kind is called, what its root is and which kinds it belongs to unasked. */
export interface Rule {
    readonly name: string;
    readonly root: string;
    readonly content: string;
    readonly implicit: readonly string[];
}

export type Family = "word" | "xl" | "ppt";

function rulesOf(family: Family): ReadonlyMap<string, Rule> {
    const kinds: Readonly<Record<string, { name: string; root: string; content: string; implicit?: string }>> = rules.parts[family];
    return new Map(
        Object.entries(kinds).map(([kind, { name, root, content, implicit = "" }]) => [
            kind,
            { name: `${family}/${name}`, root, content, implicit: implicit.split(" ") },
        ]),
    );
}

export const FAMILIES: ReadonlyMap<Family, ReadonlyMap<string, Rule>> = new Map(
    (["word", "xl", "ppt"] as const).map((family) => [family, rulesOf(family)]),
);

/** A relationship as it was read; `kind` is the last word of its type. */
export interface Relation {
    readonly id: string;
    readonly type: string;
    readonly kind: string;
    readonly target: string;
    readonly external: boolean;
}

export type Relations = ReadonlyMap<string, Relation>;

/** Whether the type is one of Office's own. */
export function isKnown({ type, kind }: Relation): boolean {
    return BASES.some((base) => type === base + kind);
}

/** The categories of what a relationship tells. */
export function relationTells({ kind }: Relation): string[] {
    const told = Object.entries(rules.relations).filter(([, kinds]) => kinds.split(" ").includes(kind));
    return told.length === 0 ? ["unknown"] : told.map(([category]) => category).filter((category) => category !== "nothing");
}

/** A relationship as it will be written; `target` is a part's old name or an address. */
export interface Link {
    id: string;
    readonly relation: Relation;
    readonly target: string;
    readonly implicit: boolean;
}

/** The relationships of one part; `judge` gives the target of those that may stay. */
export class Links {
    readonly relations: Relations;
    links: Link[] = [];
    private readonly judge: (relation: Relation) => string | undefined;
    private readonly known = new Map<string, Link | undefined>();

    constructor(relations: Relations, judge: (relation: Relation) => string | undefined) {
        this.relations = relations;
        this.judge = judge;
    }

    /** Keep a relationship if it may stay. */
    add(relation: Relation, implicit = false): void {
        const target = this.judge(relation);
        const link = target === undefined ? undefined : { id: `rId${this.links.length + 1}`, relation, target, implicit };
        if (link !== undefined) this.links.push(link);
        this.known.set(relation.id, link);
    }

    /** The new number of a relationship that is referred to, nothing if it goes. */
    newId(oldId: string): string | undefined {
        const relation = this.relations.get(oldId);
        if (relation === undefined) return undefined;
        if (!this.known.has(oldId)) this.add(relation);
        return this.known.get(oldId)?.id;
    }

    /** Drop what *text* does not refer to any more; return it with numbers in order. */
    settle(text: string): string {
        const places = new Map(this.links.map(({ id, implicit }) => [id, implicit ? undefined : text.indexOf(`="${id}"`)]));
        const place = ({ id }: Link): number => places.get(id) ?? -1;
        const used = this.links.filter((link) => link.implicit || place(link) >= 0).sort((one, other) => place(one) - place(other));
        if (used.length === this.links.length && used.every((link, i) => link === this.links[i])) return text;
        const numbers = new Map(used.map(({ id }, i) => [id, `rId${i + 1}`]));
        for (const link of used) link.id = numbers.get(link.id) ?? link.id;
        this.links = used;
        const renumber = (_: string, start: string, id: string): string => start + (numbers.get(id) ?? id);
        return text.replace(TAG, (tag) => tag.replace(REFERENCE, renumber));
    }
}

/** The relationships of the part *base* by number; raises `UnreadableFileError`. */
export function readRelations(untrusted: Uint8Array, base: string): Map<string, Relation> {
    const relations = new Map<string, Relation>();
    for (const [tag] of new XmlReader(untrusted, new Map([[`${PACKAGE}relationships`, "rel"]]))) {
        if (tag.name !== "rel:Relationship" || tag.kind === Kind.END) continue;
        const [id = "", type = "", target = "", mode = ""] = ["Id", "Type", "Target", "TargetMode"].map((name) => tag.attributes.get(name));
        if (relations.has(id) || id === "" || type === "") throw new UnreadableFileError("document-malformed");
        const external = mode === "External";
        const kind = type.slice(type.lastIndexOf("/") + 1);
        relations.set(id, { id, type, kind, target: external ? target : resolve(base, target), external });
    }
    return relations;
}

/** Relationships given as number, type, target and whether it is external. */
export function writeRelations(links: readonly (readonly [string, string, string, boolean])[]): Uint8Array {
    let text = `${DECLARATION}<Relationships xmlns="${PACKAGE}relationships">`;
    for (const [id, type, target, external] of links) {
        const mode = external ? ' TargetMode="External"' : "";
        text += `<Relationship Id="${id}" Type="${type}" Target="${escapeValue(target)}"${mode}/>`;
    }
    return new TextEncoder().encode(`${text}</Relationships>`);
}

type Pairs = readonly (readonly [string, string])[];

/** `[Content_Types].xml`: *types* by part name, *media* types by extension. */
export function writeContentTypes(types: Pairs, media: Pairs): Uint8Array {
    let text = `${DECLARATION}<Types xmlns="${PACKAGE}content-types">`;
    const sorted = [...new Map(media)].sort(([one], [other]) => (one < other ? -1 : 1));
    const relations = ["rels", "application/vnd.openxmlformats-package.relationships+xml"] as const;
    for (const [extension, content] of [relations, ["xml", "application/xml"] as const, ...sorted]) {
        text += `<Default Extension="${extension}" ContentType="${content}"/>`;
    }
    for (const [name, content] of types) text += `<Override PartName="/${name}" ContentType="${content}"/>`;
    return new TextEncoder().encode(`${text}</Types>`);
}

/** The name of the part that holds the relationships of *part*. */
export function relationsName(part: string): string {
    const slash = part.lastIndexOf("/") + 1;
    return `${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`;
}

/** The name of the part that *target* means in the part *base*. */
function resolve(base: string, target: string): string {
    const path = target.startsWith("/") ? target : `${base.slice(0, Math.max(base.lastIndexOf("/"), 0))}/${target}`;
    const steps: string[] = [];
    for (const step of path.split("/")) {
        if (step === "..") steps.pop();
        else if (step !== "" && step !== ".") steps.push(step);
    }
    return steps.join("/");
}

/** How the part *base* points to the part *target*. */
export function relative(base: string, target: string): string {
    const [here, there] = [base.split("/").slice(0, -1), target.split("/")];
    while (here.length > 0 && here[0] === there[0]) {
        here.shift();
        there.shift();
    }
    return "../".repeat(here.length) + there.join("/");
}
