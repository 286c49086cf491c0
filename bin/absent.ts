/** Stands for optional modules that the bundle leaves out. */
export default undefined
