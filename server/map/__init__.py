"""From an OpenStreetMap extract to a map folder: base map (PMTiles), routing tiles (Valhalla) and `map.json`.

`tags` and `coastline` are rules without I/O; `extract`, `basemap` and `routing` each run one program or reader;
`stamps` remembers what is done; `build` puts the steps in order. Nothing of the server is imported here, and nothing
of a map folder names the place where it was built, so that a folder can be copied to another machine.

A map folder:
    basemap.pmtiles         vector tiles in Protomaps layer names (earth, landuse, water, roads, buildings, places)
    routing/valhalla.json   Valhalla's configuration, paths relative to it (`routing.configuration` loads it)
    routing/tiles/          Valhalla's graph tiles
    map.json                name, bounds, center, zooms, credit, source file and its sha256, programs and versions
    .build/                 stamps of finished steps; may be deleted when the folder is not to be built again
"""
