/** Reads basemaps from PMTiles archives; fetched only where an installation has one. */

import { addProtocol } from "maplibre-gl";
import { PMTiles, Protocol, TileType } from "pmtiles";

const protocol = new Protocol();
addProtocol("pmtiles", protocol.tile);

/** What an archive is to the map: its address as a source, and whether its tiles are images. */
export interface Archive {
  url: string;
  images: boolean;
}

export async function openArchive(url: string): Promise<Archive> {
  const archive = new PMTiles(url);
  protocol.add(archive);
  const { tileType } = await archive.getHeader();
  return { url: `pmtiles://${url}`, images: tileType !== TileType.Mvt && tileType !== TileType.Mlt };
}
