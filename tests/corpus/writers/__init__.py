"""Writers of formats and of their metadata, made from the specifications."""
