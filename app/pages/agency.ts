/** An agency's link carries its code behind the `#`, which no browser sends: put it in the form. */

import { need } from "./dom.ts";

const code = decodeURIComponent(location.hash.slice(1));
if (code !== "") {
    need("code", HTMLInputElement).value = code;
    need("code-form", HTMLFormElement).requestSubmit();
}
