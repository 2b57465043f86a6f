/** Style sheets go into one of the bundle's. */
declare module '*.css'
