/** Advice while somebody writes: about length and clarity, and from this device alone. */

import { expect, test } from "vitest";

import { adviceOn } from "./hints.ts";

test.each([
    ["", undefined],
    [" \n ", undefined],
    ["الحافلة تتأخر", "advice_short"],
    ["الحافلة تتأخر كل يوم.", "advice_enough"],
    ["The bus is late. It comes at nine.", "advice_enough"],
    ["كلمة ".repeat(26), "advice_sentence"],
    [`${"كلمة ".repeat(25)}؟ ${"كلمة ".repeat(25)}.`, "advice_enough"],
    ["كلمة قصيرة جدا هنا. ".repeat(63), "advice_long"],
])("%#: %o gets the advice %o", (text, advice) => {
    expect(adviceOn(text)).toBe(advice);
});
