import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { processorTime } from "../../tests/node/processor.ts";
import { cleanLink } from "./links.ts";

const cases = JSON.parse(readFileSync(new URL("../cases/links.json", import.meta.url), "utf8")) as [string, string | null][];

test.each(cases)("%s comes out exactly as in Python", (link, clean) => {
    expect(cleanLink(link) ?? null).toBe(clean);
});

test("a long hostile link takes no longer than a harmless one", () => {
    for (const piece of ["a.", "a@", ";sid=", "?a=", "&", "#", "http://", " "]) {
        const start = processorTime();
        for (const beginning of ["http://", "mailto:", "http://a.bc/", "http://a.bc/?"]) cleanLink(beginning + piece.repeat(50_000));
        expect(processorTime() - start).toBeLessThan(5_000);
    }
});
