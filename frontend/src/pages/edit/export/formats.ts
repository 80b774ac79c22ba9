/** The formats that a layer can be taken away in, and what the file is called. */
export const FORMATS = [
  ["gpkg", "GeoPackage (QGIS, ArcGIS)"],
  ["shp.zip", "Shapefile (.zip)"],
  ["geojson", "GeoJSON"],
  ["kml", "KML (Google Earth)"],
  ["csv", "CSV (Excel)"],
  ["parquet", "GeoParquet"],
] as const;
export type Format = (typeof FORMATS)[number][0];

/** layer-20261126.gpkg */
export function named(slug: string, format: Format, at: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${slug}-${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}.${format}`;
}
