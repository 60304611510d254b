/** What is known about a net whose file a person added. */
export interface FeatureNetCard {
  sha256: string;
  fileName: string;
  bytes: number;
  kind: 'inception' | 'onnx';
  name: string;
  /** What a Frechet distance in it is called: `FID` for the standard weights alone, else `FD(name)`. */
  label: string;
  dim: number;
  inputSize: number;
  addedAt: number;
}

export interface FeaturesApi {
  /**
   * Examines a file and keeps it under its hash. An empty `name` asks for the standard FID weights, or takes an ONNX file's own name; other
   * weights of the Inception need one.
   */
  add(file: File, name: string): Promise<FeatureNetCard>;
  /** The last added first. */
  list(): Promise<FeatureNetCard[]>;
  remove(sha256: string): Promise<void>;
}
