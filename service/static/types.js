// The shapes of what the service sends, for editors and type checkers alone.

/** @typedef {[number, number, number, number]} Box west, south, east, north */
/** @typedef {[number, number]} Position */
/** @typedef {{type: "Polygon", coordinates: Position[][]} | {type: "MultiPolygon", coordinates: Position[][][]}} Areal */
/** @typedef {{type: "LineString", coordinates: Position[]} | {type: "MultiLineString", coordinates: Position[][]}} Linear */
/** @typedef {Areal | Linear} Geometry */
/** @typedef {"h3" | "segment" | "polygon"} UnitKind */

/**
 * @typedef {object} Trend
 * @property {string} previous_from
 * @property {string} previous_to
 * @property {number} previous_count
 * @property {number} previous_harm
 * @property {number | null} ratio
 * @property {[number, number | null]} interval
 * @property {number} confidence
 */

/**
 * @typedef {object} Peak
 * @property {number} incidents
 * @property {number[]} hour_of_week 168 counts from Monday 00:00
 * @property {{day: string, start: string, end: string, count: number, harm: number}[]} windows
 */

/**
 * @typedef {object} Target
 * @property {number} rank
 * @property {string} target_id
 * @property {string[]} members
 * @property {number} [area_km2]
 * @property {number} [length_m]
 * @property {number} [harm_per_km2]
 * @property {number} [harm_per_100m]
 * @property {number} count
 * @property {number} harm
 * @property {number} harm_share
 * @property {number} count_share
 * @property {number} z_max
 * @property {number} p_min
 * @property {number} q_min
 * @property {string} class
 * @property {Record<string, number>} offences
 * @property {Record<string, number>} harm_by_offence
 * @property {number} dominance
 * @property {number} effective_incidents
 * @property {Trend | null} trend
 * @property {Peak | null} peak
 * @property {string | null} [district]
 * @property {string} label
 * @property {string} note
 */

/**
 * @typedef {object} Score
 * @property {string} unit_id
 * @property {number} count
 * @property {number} harm
 * @property {number} q
 * @property {string} class
 * @property {number} cumulative_harm_share
 * @property {string | null} [label]
 * @property {string | null} [district]
 */

/**
 * @typedef {object} Street
 * @property {string} segment_id
 * @property {string | null} name
 * @property {string | null} road_class
 * @property {number} length_m
 */

/**
 * @typedef {object} Run
 * @property {string} id
 * @property {Record<string, any>} parameters
 * @property {{from: string, to: string, days: number, time_zones: string[]}} window
 * @property {{name: string | null, version: number | null, units: number, area_km2?: number, length_km?: number, bbox: Box, fallback: string | null}} study_area
 * @property {Record<string, {name: string, version: number}>} [references]
 * @property {{name: string, version: string, title: string, unit: string, citation: string | null}} harm_index
 * @property {string[]} sources
 * @property {number} data_version
 * @property {string} software_version
 * @property {number} seed
 * @property {{in_window: number, used: number, outside: number, excluded: Record<string, number>, unmapped: Record<string, number>}} incidents
 * @property {Record<string, any> | null} inference
 * @property {string[]} warnings
 * @property {string | null} [message]
 */

/**
 * @typedef {object} RunSummary
 * @property {string} id
 * @property {string} created_at
 * @property {Record<string, any>} parameters
 */

/**
 * @template P
 * @typedef {{type: "Feature", id?: string, geometry: Geometry, properties: P}} Feature
 */
/**
 * @template P
 * @typedef {{type: "FeatureCollection", bbox: Box, run: Run, features: Feature<P>[]}} Collection
 */

export {};
