/** The twin of `files/documents/pdf/content.py`: what draws pages, forms, patterns and glyphs. */

import { DEVICES, spaceOf } from "./colours.ts";
import { type Copier, LISTS, type Rules } from "./copier.ts";
import { ANY, type Instruction, instructions, PICTURE, SHAPES } from "./instructions.ts";
import { Inline } from "./pictures.ts";
import { Names, NO_RESOURCES, type Resources, resourcesOf } from "./resources.ts";
import { bytesOf, Stream, textOf } from "./source.ts";
import { Name, nameOf, nameText, parseEntries, stringText, Text, type Value } from "./syntax.ts";

const INVISIBLE = "3";
const STANDARD_FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";
const DEFAULTS = ["DefaultGray", "DefaultRGB", "DefaultCMYK"];

/** Writes content streams that share one resource dictionary. */
export class Content {
    readonly names = new Names();
    private readonly copier: Copier;
    private readonly resources: Resources;
    private lines: string[] = [];
    private depth = 0;
    private marks: boolean[] = [];
    private mode = "0";

    constructor(copier: Copier, resources: Resources) {
        this.copier = copier;
        this.resources = resources;
        for (const name of DEFAULTS) {
            const space = spaceOf(copier, this.lookUp("ColorSpace", name));
            if (space !== undefined) this.names.fix("ColorSpace", nameText(name), space.text);
        }
    }

    /** The stream's text, with every state and mark closed again. */
    write(untrusted: Uint8Array): Uint8Array {
        [this.lines, this.depth, this.marks, this.mode] = [[], 0, [], "0"];
        const text = textOf(untrusted);
        let at: number | undefined = 0;
        while (at !== undefined) at = this.run(untrusted, text, at);
        const marks = this.marks.filter((kept) => kept).length;
        return bytesOf(this.lines.join("") + "EMC\n".repeat(marks) + "Q\n".repeat(this.depth));
    }

    /** Where to go on behind a picture, undefined at the end. */
    private run(untrusted: Uint8Array, text: string, at: number): number | undefined {
        for (const one of instructions(text, at, this.copier.budget)) {
            if (one.operator === PICTURE) return this.picture(untrusted, text, one);
            this.instruct(one);
        }
        return undefined;
    }

    private instruct(one: Instruction): void {
        const shape = SHAPES.get(one.operator) ?? ANY;
        if (shape !== ANY && !one.kinds.endsWith(shape)) return;
        const operands = shape === ANY ? one.operands : one.operands.slice(one.operands.length - shape.length);
        const kinds = shape === ANY ? one.kinds : shape;
        const [first = "", second = ""] = operands;
        switch (one.operator) {
            case "q":
                this.depth++;
                break;
            case "Q":
                if (this.depth === 0) return;
                this.depth--;
                break;
            case "Tr":
                this.mode = first;
                break;
            case "Tj":
            case "TJ":
            case "'":
            case '"':
                if (this.mode === INVISIBLE) this.copier.warn("hidden-content");
                break;
            case "Tf":
                this.emit("Tf", this.names.use("Font", this.font(first)), second);
                return;
            case "gs":
                this.named("extgstate", "ExtGState", one.operator, first);
                return;
            case "sh":
                this.named("shading", "Shading", one.operator, first);
                return;
            case "Do":
                this.draw(first);
                return;
            case "cs":
            case "CS":
                this.space(one.operator, first);
                return;
            case "sc":
            case "SC":
            case "scn":
            case "SCN":
                this.colour(one.operator, operands, kinds);
                return;
            case "ri":
                if (LISTS["intents"]?.includes(nameOf(first).text) !== true) return;
                break;
            case "BMC":
            case "BDC":
                this.mark(one.operator, operands, kinds);
                return;
            case "EMC":
                if (this.marks.pop() !== true) return;
                break;
            case "MP":
            case "DP":
                return;
        }
        this.emit(one.operator, ...operands);
    }

    private emit(operator: string, ...operands: readonly string[]): void {
        this.lines.push(`${[...operands, operator].join(" ")}\n`);
    }

    private lookUp(category: string, name: string): Value {
        return this.copier.source.entries(this.resources.entries.get(category)).get(name) ?? null;
    }

    /** Viewers take a font of their own for one that is not there. */
    private font(name: string): string {
        const ref = this.copier.value("ref:font", this.lookUp("Font", nameOf(name).text));
        return ref ?? this.copier.known("standard font", () => this.copier.put(STANDARD_FONT));
    }

    private named(kind: string, category: string, operator: string, name: string): void {
        const ref = this.copier.value(`ref:${kind}`, this.lookUp(category, nameOf(name).text));
        if (ref !== undefined) this.emit(operator, this.names.use(category, ref));
    }

    private draw(name: string): void {
        const untrusted = this.lookUp("XObject", nameOf(name).text);
        const subtype = this.copier.source.name(this.copier.source.entries(untrusted).get("Subtype"));
        let ref: string | undefined;
        if (subtype === "Image") ref = this.copier.value("ref:image", untrusted);
        else if (subtype === "Form") ref = form(this.copier, untrusted, this.resources);
        if (ref !== undefined) this.emit("Do", this.names.use("XObject", ref));
    }

    private space(operator: string, word: string): void {
        const name = nameOf(word);
        const found = spaceOf(this.copier, DEVICES.has(name.text) ? name : this.lookUp("ColorSpace", name.text));
        if (found === undefined) return;
        this.emit(operator, DEVICES.has(found.text.slice(1)) ? found.text : this.names.use("ColorSpace", found.text));
    }

    /** Keep the numbers and, behind them, the name of a pattern. */
    private colour(operator: string, operands: readonly string[], kinds: string): void {
        const name = kinds.endsWith("N") ? operands.at(-1) : undefined;
        const numbers = /n*$/.exec(name === undefined ? kinds : kinds.slice(0, -1))?.[0].length ?? 0;
        const end = operands.length - (name === undefined ? 0 : 1);
        const kept = operands.slice(end - numbers, end);
        if (name !== undefined) {
            const ref = pattern(this.copier, this.lookUp("Pattern", nameOf(name).text), this.resources);
            if (ref === undefined) return;
            kept.push(this.names.use("Pattern", ref));
        }
        if (kept.length > 0) this.emit(operator, ...kept);
    }

    private mark(operator: string, operands: readonly string[], kinds: string): void {
        const text = operator === "BDC" ? this.markText(operands, kinds) : undefined;
        this.marks.push(text !== undefined);
        if (text !== undefined) this.emit(operator, text);
    }

    /** The operands of a mark that counts: a layer, or how a text reads. */
    private markText(operands: readonly string[], kinds: string): string | undefined {
        const [tag = "", last = ""] = operands.slice(-2);
        let entries = new Map<string, Value>();
        if (kinds.endsWith("NN")) {
            const properties = this.lookUp("Properties", nameOf(last).text);
            if (tag === "/OC") {
                const ref = this.copier.value("layer", properties);
                return ref && `/OC ${this.names.use("Properties", ref)}`;
            }
            entries = this.copier.source.entries(properties);
        } else if (kinds.endsWith("ND") && /ActualText|#/.test(last)) entries = parseEntries(last);
        const reads = this.copier.source.value(entries.get("ActualText"));
        return reads instanceof Text ? `/Span << /ActualText ${stringText(reads.text)} >>` : undefined;
    }

    /** Make an object of a picture inside the stream (§8.9.7); return where it ends. */
    private picture(untrusted: Uint8Array, text: string, one: Instruction): number {
        const inline = new Inline(this.copier, parseEntries(one.operands[0] ?? ""));
        const colours = inline.entries.get("ColorSpace");
        if (colours instanceof Name) {
            const named = this.lookUp("ColorSpace", colours.text);
            if (named !== null) inline.entries.set("ColorSpace", named);
        }
        const { data, after } = inline.cut(untrusted, text, one.end);
        this.emit("Do", this.names.use("XObject", inline.ref(data)));
        return after;
    }
}

/** Copy a form; one without resources draws with those around it (§8.10.1). */
export function form(copier: Copier, untrusted: Value, outer: Resources): string | undefined {
    return drawn(copier, untrusted, outer, "form");
}

/** Copy a pattern of tiles or of a shading (§8.7). */
function pattern(copier: Copier, untrusted: Value, outer: Resources): string | undefined {
    const value = copier.source.value(untrusted);
    if (value instanceof Stream) return drawn(copier, untrusted, outer, "pattern1");
    if (!(value instanceof Map)) return undefined;
    const shading = copier.source.value(value.get("Shading"));
    if (!(shading instanceof Map) && !(shading instanceof Stream)) return undefined;
    return copier.once(untrusted, "pattern2", () => copier.add(() => copier.dictionary("pattern2", value)));
}

function drawn(copier: Copier, untrusted: Value, outer: Resources, kind: string): string | undefined {
    const stream = copier.source.value(untrusted);
    if (!(stream instanceof Stream)) return undefined;
    const resources = resourcesOf(copier, stream.entries, untrusted) ?? outer;
    const write = (): Uint8Array => {
        const content = new Content(copier, resources);
        const data = content.write(copier.plain(stream));
        const words = copier.words(kind, stream.entries);
        return copier.stream([...words, `/Resources ${content.names.text()}`], data);
    };
    return copier.once(untrusted, `${kind} ${resources.identity}`, () => copier.add(write));
}

export const OBJECTS: Rules = { form: (copier, untrusted) => form(copier, untrusted, NO_RESOURCES) };
