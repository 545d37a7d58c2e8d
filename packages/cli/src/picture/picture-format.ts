/** What is made of a graph in the dot language. */
export type PictureFormat = "svg" | "png" | "pdf" | "ps" | "gif";
