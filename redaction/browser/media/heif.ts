/** The twin of `files/media/heif.py`: HEIC and AVIF, cleaned where they stand. */

import { Still } from "./heif-still.ts";
import { IsobmffCleaner } from "./isobmff.ts";
import { asIs, type Box, type Boxes, TABLES } from "./isobmff-boxes.ts";
import type { Run } from "./isobmff-samples.ts";

const BY_ITEM: readonly (readonly [kind: string, media: string])[] = [
    ["hvc1", "image/heic"],
    ["av01", "image/avif"],
];

abstract class HeifCleaner extends IsobmffCleaner {
    protected override readonly code = "heif";
    protected override readonly brands: readonly string[] = TABLES.brands.still;
    protected override readonly brand = "mif1";
    protected override readonly handlers = ["pict", "auxv"];

    protected override content(file: Boxes, top: readonly Box[], spaces: Box[]): Iterable<Run> {
        const [still, second] = top.filter((box) => box.kind === "meta").map((box) => new Still(file, box));
        file.demand(still !== undefined && second === undefined);
        const runs = still.clean();
        spaces.push(...still.spaces);
        for (const [kind, media] of BY_ITEM) if (still.kinds.has(kind)) this.media = media;
        return both(runs, this.movie(file, top, { meta: asIs }));
    }
}

function* both(first: Iterable<Run>, second: Iterable<Run>): Generator<Run> {
    yield* first;
    yield* second;
}

export class HeicCleaner extends HeifCleaner {
    protected media = "image/heic";
}

export class AvifCleaner extends HeifCleaner {
    protected media = "image/avif";
}
