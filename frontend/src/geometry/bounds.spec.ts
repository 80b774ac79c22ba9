import { expect, test } from "vitest";
import { bounds } from "./bounds";

const feature = (geometry: GeoJSON.Geometry | null) => ({ type: "Feature" as const, properties: {}, geometry });

test("the box holds points, rings and collections alike, and passes over what has no shape", () => {
  const features = [
    feature({ type: "Point", coordinates: [105.8, 9.8] }),
    feature(null),
    feature({
      type: "GeometryCollection",
      geometries: [
        {
          type: "Polygon",
          coordinates: [
            [
              [105.7, 9.7],
              [105.9, 9.75],
              [105.8, 9.9],
              [105.7, 9.7],
            ],
          ],
        },
      ],
    }),
  ];

  expect(bounds({ features })).toEqual([105.7, 9.7, 105.9, 9.9]);
});

test("around nothing there is no box", () => {
  expect(bounds({ features: [] })).toBeNull();
});
