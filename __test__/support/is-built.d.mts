/** The project's folder. */
export declare const root: URL
export declare function isBuilt(): boolean
