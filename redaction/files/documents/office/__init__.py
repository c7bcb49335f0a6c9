"""Word, Excel and PowerPoint files of today (Office Open XML, ECMA-376)."""
