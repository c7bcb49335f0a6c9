/** The twin of `files/documents/office/cleaner.py`, which says what stays, what goes and what is out of reach. */

import { cleanInner } from "../../inner.ts";
import { cleanLink } from "../../links.ts";
import { TYPES } from "../../policy.ts";
import { isUnreadable, UnreadableFileError } from "../../walker.ts";
import type { Archive } from "../archive.ts";
import { type Member, Package } from "../package.ts";
import { Kind, XmlReader } from "../xml.ts";
import { type Markup, Shared } from "./markup.ts";
import {
    FAMILIES,
    type Family,
    isKnown,
    Links,
    readRelations,
    type Relation,
    type Relations,
    relationsName,
    relationTells,
    relative,
    type Rule,
    RULES,
    VOCABULARY,
    writeContentTypes,
    writeRelations,
} from "./parts.ts";
import { SheetMarkup, usedStrings, withoutUnused } from "./sheet.ts";
import { SlideMarkup } from "./slide.ts";
import { verifyOffice } from "./verify.ts";
import { settleBookmarks, WordMarkup } from "./word.ts";

const CONTENT_TYPES = "[Content_Types].xml";
const MEDIA: Readonly<Record<Family, string>> = {
    word: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    xl: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ppt: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
};
const MARKUPS: Readonly<Record<Family, new (links: Links, outer: Links | undefined, shared: Shared) => Markup>> = {
    word: WordMarkup,
    xl: SheetMarkup,
    ppt: SlideMarkup,
};
const PICTURES = RULES.pictures.split(" ");
const SOUND_AND_FILM = RULES.media.split(" ");
const MACROS = /macroEnabled|vbaProject|macrosheet|intlMacrosheet/;
/** One transparent pixel, in the place of a picture that cannot be cleaned. */
const PIXEL = Uint8Array.from(
    ("89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02" +
        "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082").match(/../g) ?? [],
    (pair) => parseInt(pair, 16),
);

/** A part that stays: where it was, what it is, what it is called, what refers to it. */
interface Part {
    readonly source: string;
    readonly kind: string;
    name: string;
    readonly outer: Links | undefined;
    readonly links: Links;
    text: string;
    data: Uint8Array | undefined;
    media: string;
}

interface InnerFile {
    readonly bytes: Uint8Array;
    readonly media: string;
}

/** Cleans one file; `media` says which of the three it is. */
export class OfficeCleaner extends Package {
    protected media = MEDIA.word;
    private archive!: Archive;
    private family: Family = "word";
    private rules: ReadonlyMap<string, Rule> = new Map();
    private names = new Map<string, string>();
    private readonly parts = new Map<string, Part>();
    private readonly waiting: Part[] = [];
    private readonly numbers = new Map<string, number>();
    private readonly shared = new Shared();
    private readonly inner = new Map<string, InnerFile | undefined>();
    private readonly met = new Set([CONTENT_TYPES, relationsName("")]);

    protected repack(archive: Archive): Member[] {
        this.archive = archive;
        this.names = new Map(archive.names.map((name) => [name.toLowerCase(), name]));
        if (this.names.size !== archive.names.length) throw new UnreadableFileError("document-malformed");
        this.refuseMacros();
        const root = this.readRelations("");
        const main = this.mainOf(root);
        this.family = this.familyOf(main.target);
        this.rules = FAMILIES.get(this.family) ?? this.rules;
        this.media = MEDIA[this.family];
        new Links(root, (relation) => this.judge(relation)).add(main);
        this.reach(main, undefined);
        for (let part = this.waiting.shift(); part !== undefined; part = this.waiting.shift()) this.cleanPart(part);
        this.reportTheRest(root);
        return this.members(main);
    }

    protected check(members: ReadonlyMap<string, Uint8Array>): void {
        verifyOffice(members);
    }

    private refuseMacros(): void {
        for (const [tag] of new XmlReader(this.archive.read(CONTENT_TYPES), new Map())) {
            if (MACROS.test(tag.attributes.get("ContentType") ?? "")) throw new UnreadableFileError("document-macros");
        }
    }

    private readRelations(source: string): Relations {
        const name = this.find(relationsName(source));
        return name === undefined ? new Map<string, Relation>() : readRelations(this.archive.read(name), source);
    }

    /** A member by a name that may be in other letters. */
    private find(name: string): string | undefined {
        return this.names.get(name.toLowerCase());
    }

    private mainOf(root: Relations): Relation {
        const mains = [...root.values()].filter((relation) => relation.kind === "officeDocument" && isKnown(relation));
        const [main] = mains;
        if (main === undefined || mains.length > 1 || main.external || this.find(main.target) === undefined) {
            throw new UnreadableFileError("document-malformed");
        }
        return main;
    }

    private familyOf(target: string): Family {
        const reader = new XmlReader(this.archive.read(this.find(target) ?? ""), VOCABULARY.prefixes);
        let root = "";
        for (const [{ kind, name }] of reader) {
            root = name;
            if (kind !== Kind.NOTHING) break;
        }
        for (const [family, rules] of FAMILIES) if (rules.get("officeDocument")?.root === root) return family;
        throw new UnreadableFileError("document-kind");
    }

    /** The target of a relationship that may stay: an address or a member's name. */
    private judge(relation: Relation): string | undefined {
        if (relation.external) return this.judgeAddress(relation);
        const rule = this.rules.get(relation.kind);
        const name = this.find(relation.target);
        if (rule === undefined || !isKnown(relation) || name === undefined) {
            this.note(relationTells(relation));
            return undefined;
        }
        const lost = rule.root === "" && relation.kind !== "image" && this.innerFile(name) === undefined;
        return lost ? undefined : name;
    }

    private judgeAddress({ kind, target }: Relation): string | undefined {
        if (kind === "hyperlink" && target.startsWith("#") && this.family === "xl") return target;
        const link = kind === "hyperlink" ? cleanLink(target) : undefined;
        if (link !== target) this.note(["link"]);
        return link;
    }

    /** Make the part known that a relationship leads to. */
    private reach(relation: Relation, outer: Links | undefined): void {
        const source = this.find(relation.target) ?? "";
        const rule = this.rules.get(relation.kind);
        const part = this.parts.get(source);
        if (rule === undefined || (part !== undefined && this.rules.get(part.kind)?.name !== rule.name)) {
            throw new UnreadableFileError("document-malformed");
        }
        if (part !== undefined) return;
        const links = new Links(this.readRelations(source), (one) => this.judge(one));
        const fresh = { source, kind: relation.kind, name: this.newName(rule), outer, links, text: "", data: undefined, media: "" };
        this.parts.set(source, fresh);
        this.waiting.push(fresh);
    }

    private newName({ name }: Rule): string {
        const number = (this.numbers.get(name) ?? 0) + 1;
        this.numbers.set(name, number);
        if (name.includes("#")) return name.replace("#", String(number));
        return number === 1 ? name : `${name}${number}`;
    }

    private cleanPart(part: Part): void {
        this.met.add(part.source).add(this.find(relationsName(part.source)) ?? "");
        const root = this.rules.get(part.kind)?.root ?? "";
        if (root === "") {
            this.cleanMedia(part);
            return;
        }
        for (const relation of part.links.relations.values()) {
            const implicit = this.rules.get(relation.kind)?.implicit.includes(part.kind) === true;
            if (implicit && !relation.external) part.links.add(relation, true);
        }
        const markup = new MARKUPS[this.family](part.links, part.outer, this.shared);
        const text = markup.rewrite(this.archive.read(part.source));
        if (markup.root !== root) throw new UnreadableFileError("document-malformed");
        this.note(markup.removed);
        this.warn(markup.warnings);
        part.name += ".xml";
        part.text = part.links.settle(text);
        for (const { relation } of part.links.links) if (!relation.external) this.reach(relation, part.links);
    }

    private cleanMedia(part: Part): void {
        const inner = this.innerFile(part.source);
        const allowed = part.kind === "image" ? PICTURES : SOUND_AND_FILM;
        const { bytes, media } = inner !== undefined && allowed.includes(inner.media) ? inner : { bytes: PIXEL, media: "image/png" };
        part.data = bytes;
        part.media = media;
        part.name += `.${TYPES.find((type) => type.media === media)?.extension ?? "bin"}`;
    }

    /** A picture, sound or film clean, with its type; nothing if that cannot be. */
    private innerFile(name: string): InnerFile | undefined {
        if (!this.inner.has(name)) this.inner.set(name, this.cleanInnerFile(this.archive.read(name)));
        return this.inner.get(name);
    }

    private cleanInnerFile(data: Uint8Array): InnerFile | undefined {
        if (data.length === PIXEL.length && data.every((byte, i) => byte === PIXEL[i])) return { bytes: data, media: "image/png" };
        try {
            const { bytes, media, removed, warnings } = cleanInner(data, this.depth);
            if ([...PICTURES, ...SOUND_AND_FILM].includes(media)) {
                this.note(removed);
                this.warn(warnings);
                return { bytes, media };
            }
        } catch (error) {
            if (!isUnreadable(error)) throw error;
        }
        this.warn(["files-dropped"]);
        this.note(["attachment"]);
        return undefined;
    }

    private warn(warnings: Iterable<string>): void {
        for (const warning of warnings) this.warnings.add(warning);
    }

    /** Tell of what does not come along. */
    private reportTheRest(root: Relations): void {
        const parts = [...this.parts.values()];
        const kept = new Set(parts.flatMap(({ links }) => links.links.map(({ relation }) => relation)));
        for (const relation of [...root.values(), ...parts.flatMap(({ links }) => [...links.relations.values()])]) {
            if (relation.external && !kept.has(relation)) this.note(relationTells(relation));
            const name = relation.external ? undefined : this.find(relation.target);
            if (name === undefined || this.met.has(name)) continue;
            this.note(relationTells(relation));
            this.met.add(name).add(this.find(relationsName(name)) ?? "");
        }
        if (!this.archive.names.every((name) => this.met.has(name))) this.note(["unknown"]);
    }

    private members(main: Relation): Member[] {
        const parts = [...this.parts.values()];
        if (this.family === "word") this.settle(parts, settleBookmarks(parts.map(({ text }) => text)), "identifier");
        if (this.family === "xl") this.emptyUnusedStrings(parts);
        const types = parts.filter(({ media }) => media === "");
        const media = parts.filter((part) => part.media !== "");
        const members: Member[] = [
            [
                CONTENT_TYPES,
                writeContentTypes(
                    types.map(({ name, kind }) => [name, this.rules.get(kind)?.content ?? ""] as const),
                    media.map((part) => [part.name.slice(part.name.lastIndexOf(".") + 1), part.media] as const),
                ),
            ],
            [relationsName(""), writeRelations([["rId1", main.type, parts[0]?.name ?? "", false]])],
        ];
        for (const part of parts) {
            members.push([part.name, part.data ?? new TextEncoder().encode(part.text)]);
            if (part.links.links.length > 0) members.push([relationsName(part.name), this.relationsOf(part)]);
        }
        return members;
    }

    private emptyUnusedStrings(parts: readonly Part[]): void {
        const used = usedStrings(parts.filter(({ kind }) => kind === "worksheet").map(({ text }) => text));
        const strings = parts.filter(({ kind }) => kind === "sharedStrings");
        this.settle(strings, strings.map(({ text }) => withoutUnused(text, used)), "history");
    }

    /** Give parts their last text; what that removes is of the *category*. */
    private settle(parts: readonly Part[], texts: readonly string[], category: string): void {
        for (const [i, part] of parts.entries()) {
            const text = texts[i] ?? "";
            if (text !== part.text) this.note([category]);
            part.text = text;
        }
    }

    private relationsOf(part: Part): Uint8Array {
        const written = part.links.links.map(({ id, relation, target }) => {
            const name = this.parts.get(target)?.name ?? "";
            return [id, relation.type, relation.external ? target : relative(part.name, name), relation.external] as const;
        });
        return writeRelations(written);
    }
}
