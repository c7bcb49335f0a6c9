/** What the review needs, fetched beside the page for writing: the text scanner and its words. */

import { scan } from "../../redaction/browser/text-rules.ts";

export { remove, segments } from "../../redaction/browser/text.ts";
export { words } from "../../redaction/browser/words.ts";
export { scan };

// A first scan compiles every pattern, which takes longer than the scan of a long text. It
// happens here, while the sender still writes.
scan("اسمي أحمد a1");
