import type { QueryLanguage } from '../definition.ts';
import { INPUT_TYPES } from '../itemReader.ts';
import { OUTPUT_TYPES, TRANSFORMATIONS } from '../resultWriter.ts';
import { checkJsonata, checkTemplate } from './expressions.ts';
import { isObject, type Place, type Report } from './report.ts';

/** Checks an ItemReader: what it reads, and in which format. */
export function checkReader(reader: unknown, language: QueryLanguage, place: Place, report: Report): void {
  if (!isObject(reader)) {
    report.add(place, 'an object with Resource expected');
    return;
  }
  const values = language === 'JSONata' ? 'Arguments' : 'Parameters';
  report.onlyFields(reader, place, ['Resource', 'ReaderConfig', values], `an ItemReader in ${language}`);
  report.string(reader.Resource, report.at(place, 'Resource'));
  (language === 'JSONata' ? checkJsonata : checkTemplate)(reader[values], report.at(place, values), report);
  if (reader.ReaderConfig !== undefined)
    checkReaderConfig(reader.ReaderConfig, report.at(place, 'ReaderConfig'), report);
}

function checkReaderConfig(configuration: unknown, place: Place, report: Report): void {
  if (!isObject(configuration)) {
    report.add(place, `an object expected, got ${report.show(configuration)}`);
    return;
  }
  const {
    InputType: type,
    ManifestType: manifest,
    Transformation: transformation,
    ItemsPointer: pointer,
  } = configuration;
  if (type !== undefined && !INPUT_TYPES.includes(type as string)) {
    report.add(report.at(place, 'InputType'), `${report.show(type)} cannot be read; use ${INPUT_TYPES.join(', ')}`);
  }
  if (manifest !== undefined && manifest !== 'S3_INVENTORY') {
    report.add(report.at(place, 'ManifestType'), `${report.show(manifest)} cannot be read; use S3_INVENTORY`);
  }
  if (manifest === 'S3_INVENTORY' && type !== undefined) {
    report.add(report.at(place, 'InputType'), 'an S3_INVENTORY has no InputType; leave it out');
  }
  if (transformation !== undefined && transformation !== 'NONE') {
    report.add(report.at(place, 'Transformation'), `${report.show(transformation)} cannot be made; use NONE`);
  }
  if (pointer !== undefined && (typeof pointer !== 'string' || !/^(\/|$)/.test(pointer))) {
    report.add(report.at(place, 'ItemsPointer'), `a JSON pointer such as /items expected, got ${report.show(pointer)}`);
  }
}

/** Checks a ResultWriter: where it writes, how results are formed, or both. */
export function checkWriter(writer: unknown, language: QueryLanguage, place: Place, report: Report): void {
  const values = language === 'JSONata' ? 'Arguments' : 'Parameters';
  if (!isObject(writer) || (writer.Resource === undefined && writer.WriterConfig === undefined)) {
    report.add(place, `an object with Resource and ${values}, with WriterConfig, or with all three expected`);
    return;
  }
  report.onlyFields(writer, place, ['Resource', 'WriterConfig', values], `a ResultWriter in ${language}`);
  const writes = writer.Resource !== undefined;
  if (writes) report.string(writer.Resource, report.at(place, 'Resource'));
  if (writes !== (writer[values] !== undefined)) report.add(place, `Resource and ${values} belong together`);
  (language === 'JSONata' ? checkJsonata : checkTemplate)(writer[values], report.at(place, values), report);
  if (writer.WriterConfig !== undefined)
    checkWriterConfig(writer.WriterConfig, writes, report.at(place, 'WriterConfig'), report);
}

function checkWriterConfig(configuration: unknown, writes: boolean, place: Place, report: Report): void {
  if (!isObject(configuration)) {
    report.add(place, `an object expected, got ${report.show(configuration)}`);
    return;
  }
  const allowed = { Transformation: TRANSFORMATIONS, OutputType: OUTPUT_TYPES };
  report.onlyFields(configuration, place, Object.keys(allowed), 'a WriterConfig');
  for (const [field, values] of Object.entries(allowed)) {
    const value = configuration[field];
    if (value === undefined || values.includes(value as string)) continue;
    report.add(report.at(place, field), `${report.show(value)} is none of ${values.join(', ')}`);
  }
  if (!writes && configuration.OutputType === 'JSONL') {
    report.add(report.at(place, 'OutputType'), 'JSONL is a format of files; give a Resource, or use JSON');
  }
}
