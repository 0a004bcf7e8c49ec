"""What GIS clients read: OGC API Features and Tiles over the views of the schema `ogc`."""
