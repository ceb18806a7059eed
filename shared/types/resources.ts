import { z } from 'zod';
import { variant, variants } from './variants.ts';

/** Units of processor time: whole cores, or thousandths of one. */
export const CpuUnit = z.enum(['Cores', 'MilliCores']);
export type CpuUnit = z.infer<typeof CpuUnit>;

/** Units of memory; KB to TB are powers of 1024. */
export const MemoryUnit = z.enum(['Bytes', 'KB', 'MB', 'GB', 'TB']);
export type MemoryUnit = z.infer<typeof MemoryUnit>;

/** Units of disk space; KB to PB are powers of 1024. */
export const StorageUnit = z.enum(['Bytes', 'KB', 'MB', 'GB', 'TB', 'PB']);
export type StorageUnit = z.infer<typeof StorageUnit>;

/** Units of network throughput: bits per second and its multiples by 1000. */
export const NetworkUnit = z.enum(['Bps', 'Kbps', 'Mbps', 'Gbps']);
export type NetworkUnit = z.infer<typeof NetworkUnit>;

const Cpu = variant('CPU', { unit: CpuUnit });
const Memory = variant('Memory', { unit: MemoryUnit });
const Storage = variant('Storage', { unit: StorageUnit });
const Network = variant('Network', { unit: NetworkUnit });

/** What a quantity is measured in: `{ kind: 'Memory', unit: 'GB' }`. */
export const ResourceUnit = variants([Cpu, Memory, Storage, Network]);
export type ResourceUnit = z.infer<typeof ResourceUnit>;

function quantity<U extends z.ZodType<ResourceUnit, ResourceUnit>>(units: U) {
  return z
    .strictObject({
      min: z.number().nonnegative().describe('what is reserved'),
      max: z.number().nonnegative().optional().describe('what may be used at most; no limit when absent'),
      units,
    })
    .check(({ value, issues }) => {
      if (value.max === undefined || value.min <= value.max) return;
      issues.push({
        code: 'custom',
        path: ['max'],
        input: value.max,
        message: `max must be at least min, which is ${value.min}`,
      });
    });
}

/** An amount of something: what is reserved, and what may be used at most. */
export const Resource = quantity(ResourceUnit);
export type Resource = z.infer<typeof Resource>;

/** Ours: a Resource measured in processor units. */
export const CpuResource = quantity(variants([Cpu]));
export type CpuResource = z.infer<typeof CpuResource>;

/** Ours: a Resource measured in memory units. */
export const MemoryResource = quantity(variants([Memory]));
export type MemoryResource = z.infer<typeof MemoryResource>;

/** Ours: a Resource measured in disk units. */
export const StorageResource = quantity(variants([Storage]));
export type StorageResource = z.infer<typeof StorageResource>;

/** Ours: a Resource measured in network units. */
export const NetworkResource = quantity(variants([Network]));
export type NetworkResource = z.infer<typeof NetworkResource>;

/** The graphics processors that one replica needs. */
export const GpuRequirement = z.strictObject({
  count: z.int32().min(1),
  memory: MemoryResource.describe('per processor'),
  computeCapability: z.string().min(1).optional().describe('the lowest CUDA compute capability, such as "7.5"'),
  gpuType: z.string().min(1).optional().describe('such as "nvidia-tesla-v100" or "nvidia-a100"'),
});
export type GpuRequirement = z.infer<typeof GpuRequirement>;

/** What one replica needs to run. */
export const ResourceRequirements = z.strictObject({
  cpu: CpuResource,
  memory: MemoryResource,
  gpu: GpuRequirement.optional(),
  disk: StorageResource,
  networkBandwidth: NetworkResource.optional(),
});
export type ResourceRequirements = z.infer<typeof ResourceRequirements>;

/** Ours: what a replica gets that asks for nothing: one core, 512 MB of memory, 1 GB of disk. */
export const DEFAULT_RESOURCES: ResourceRequirements = {
  cpu: { min: 1, units: { kind: 'CPU', unit: 'Cores' } },
  memory: { min: 512, units: { kind: 'Memory', unit: 'MB' } },
  disk: { min: 1, units: { kind: 'Storage', unit: 'GB' } },
};
