"""`python -m crypto.vectors` writes the JSON files beside this one."""

from crypto.vectors.generate import FOLDER, generate, render

for name, content in generate().items():
    (FOLDER / name).write_text(render(content), encoding="utf-8")
