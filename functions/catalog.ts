// Made by `npm run generate` from the files of this folder.
import databaseAwaitInstance from './database/awaitInstance.ts';
import databaseAwaitSnapshot from './database/awaitSnapshot.ts';
import databaseCheckInstance from './database/checkInstance.ts';
import databaseCheckSnapshot from './database/checkSnapshot.ts';
import databaseCreateInstance from './database/createInstance.ts';
import databaseCreateSnapshot from './database/createSnapshot.ts';
import databaseDeleteInstance from './database/deleteInstance.ts';
import databaseDeleteSnapshot from './database/deleteSnapshot.ts';
import databaseDescribeInstance from './database/describeInstance.ts';
import databaseDescribeSnapshot from './database/describeSnapshot.ts';
import databaseGetConnectionString from './database/getConnectionString.ts';
import databaseGetInstanceLogs from './database/getInstanceLogs.ts';
import databaseGetInstanceMetrics from './database/getInstanceMetrics.ts';
import databaseListEngines from './database/listEngines.ts';
import databaseListInstances from './database/listInstances.ts';
import databaseListSnapshots from './database/listSnapshots.ts';
import databaseModifyInstance from './database/modifyInstance.ts';
import databaseRebootInstance from './database/rebootInstance.ts';
import databaseRestoreFromSnapshot from './database/restoreFromSnapshot.ts';
import databaseRestoreToTime from './database/restoreToTime.ts';
import databaseStartInstance from './database/startInstance.ts';
import databaseStopInstance from './database/stopInstance.ts';
import databaseTestConnection from './database/testConnection.ts';
import deployAbort from './deploy/abort.ts';
import deployAnalyze from './deploy/analyze.ts';
import deployAwaitDecision from './deploy/awaitDecision.ts';
import deployBeginAbort from './deploy/beginAbort.ts';
import deployBeginRollout from './deploy/beginRollout.ts';
import deployCheckHealth from './deploy/checkHealth.ts';
import deployCreateRevision from './deploy/createRevision.ts';
import deployDeploy from './deploy/deploy.ts';
import deployDestroy from './deploy/destroy.ts';
import deployFailRollout from './deploy/failRollout.ts';
import deployGetLogs from './deploy/getLogs.ts';
import deployGetMetrics from './deploy/getMetrics.ts';
import deployGetStatus from './deploy/getStatus.ts';
import deployList from './deploy/list.ts';
import deployPromote from './deploy/promote.ts';
import deployPromoteRevision from './deploy/promoteRevision.ts';
import deployRetireRevision from './deploy/retireRevision.ts';
import deployRollback from './deploy/rollback.ts';
import deployScale from './deploy/scale.ts';
import deployScaleRevision from './deploy/scaleRevision.ts';
import deployShiftTraffic from './deploy/shiftTraffic.ts';
import deployUpdate from './deploy/update.ts';
import nosqlBatchWrite from './nosql/batchWrite.ts';
import nosqlCreateTable from './nosql/createTable.ts';
import nosqlDeleteItem from './nosql/deleteItem.ts';
import nosqlDeleteTable from './nosql/deleteTable.ts';
import nosqlDescribeTable from './nosql/describeTable.ts';
import nosqlGetItem from './nosql/getItem.ts';
import nosqlListTables from './nosql/listTables.ts';
import nosqlPutItem from './nosql/putItem.ts';
import nosqlQuery from './nosql/query.ts';
import nosqlScan from './nosql/scan.ts';
import nosqlTransactWrite from './nosql/transactWrite.ts';
import nosqlUpdateItem from './nosql/updateItem.ts';
import storageAbortMultipartUpload from './storage/abortMultipartUpload.ts';
import storageCompleteMultipartUpload from './storage/completeMultipartUpload.ts';
import storageCopyObject from './storage/copyObject.ts';
import storageCreateBucket from './storage/createBucket.ts';
import storageDeleteBucket from './storage/deleteBucket.ts';
import storageDeleteObject from './storage/deleteObject.ts';
import storageDeleteVersion from './storage/deleteVersion.ts';
import storageGeneratePresignedPost from './storage/generatePresignedPost.ts';
import storageGeneratePresignedUrl from './storage/generatePresignedUrl.ts';
import storageGetBucket from './storage/getBucket.ts';
import storageGetBucketConfig from './storage/getBucketConfig.ts';
import storageGetObject from './storage/getObject.ts';
import storageGetObjectStream from './storage/getObjectStream.ts';
import storageGetTags from './storage/getTags.ts';
import storageHeadObject from './storage/headObject.ts';
import storageListBuckets from './storage/listBuckets.ts';
import storageListObjects from './storage/listObjects.ts';
import storageListParts from './storage/listParts.ts';
import storageListUploads from './storage/listUploads.ts';
import storageListVersions from './storage/listVersions.ts';
import storagePutObject from './storage/putObject.ts';
import storagePutObjectStream from './storage/putObjectStream.ts';
import storagePutTags from './storage/putTags.ts';
import storageRestoreObject from './storage/restoreObject.ts';
import storageStartMultipartUpload from './storage/startMultipartUpload.ts';
import storageUpdateBucketConfig from './storage/updateBucketConfig.ts';
import storageUploadPart from './storage/uploadPart.ts';

/** Every operation by name. */
export const catalog = {
  'database.awaitInstance': databaseAwaitInstance,
  'database.awaitSnapshot': databaseAwaitSnapshot,
  'database.checkInstance': databaseCheckInstance,
  'database.checkSnapshot': databaseCheckSnapshot,
  'database.createInstance': databaseCreateInstance,
  'database.createSnapshot': databaseCreateSnapshot,
  'database.deleteInstance': databaseDeleteInstance,
  'database.deleteSnapshot': databaseDeleteSnapshot,
  'database.describeInstance': databaseDescribeInstance,
  'database.describeSnapshot': databaseDescribeSnapshot,
  'database.getConnectionString': databaseGetConnectionString,
  'database.getInstanceLogs': databaseGetInstanceLogs,
  'database.getInstanceMetrics': databaseGetInstanceMetrics,
  'database.listEngines': databaseListEngines,
  'database.listInstances': databaseListInstances,
  'database.listSnapshots': databaseListSnapshots,
  'database.modifyInstance': databaseModifyInstance,
  'database.rebootInstance': databaseRebootInstance,
  'database.restoreFromSnapshot': databaseRestoreFromSnapshot,
  'database.restoreToTime': databaseRestoreToTime,
  'database.startInstance': databaseStartInstance,
  'database.stopInstance': databaseStopInstance,
  'database.testConnection': databaseTestConnection,
  'deploy.abort': deployAbort,
  'deploy.analyze': deployAnalyze,
  'deploy.awaitDecision': deployAwaitDecision,
  'deploy.beginAbort': deployBeginAbort,
  'deploy.beginRollout': deployBeginRollout,
  'deploy.checkHealth': deployCheckHealth,
  'deploy.createRevision': deployCreateRevision,
  'deploy.deploy': deployDeploy,
  'deploy.destroy': deployDestroy,
  'deploy.failRollout': deployFailRollout,
  'deploy.getLogs': deployGetLogs,
  'deploy.getMetrics': deployGetMetrics,
  'deploy.getStatus': deployGetStatus,
  'deploy.list': deployList,
  'deploy.promote': deployPromote,
  'deploy.promoteRevision': deployPromoteRevision,
  'deploy.retireRevision': deployRetireRevision,
  'deploy.rollback': deployRollback,
  'deploy.scale': deployScale,
  'deploy.scaleRevision': deployScaleRevision,
  'deploy.shiftTraffic': deployShiftTraffic,
  'deploy.update': deployUpdate,
  'nosql.batchWrite': nosqlBatchWrite,
  'nosql.createTable': nosqlCreateTable,
  'nosql.deleteItem': nosqlDeleteItem,
  'nosql.deleteTable': nosqlDeleteTable,
  'nosql.describeTable': nosqlDescribeTable,
  'nosql.getItem': nosqlGetItem,
  'nosql.listTables': nosqlListTables,
  'nosql.putItem': nosqlPutItem,
  'nosql.query': nosqlQuery,
  'nosql.scan': nosqlScan,
  'nosql.transactWrite': nosqlTransactWrite,
  'nosql.updateItem': nosqlUpdateItem,
  'storage.abortMultipartUpload': storageAbortMultipartUpload,
  'storage.completeMultipartUpload': storageCompleteMultipartUpload,
  'storage.copyObject': storageCopyObject,
  'storage.createBucket': storageCreateBucket,
  'storage.deleteBucket': storageDeleteBucket,
  'storage.deleteObject': storageDeleteObject,
  'storage.deleteVersion': storageDeleteVersion,
  'storage.generatePresignedPost': storageGeneratePresignedPost,
  'storage.generatePresignedUrl': storageGeneratePresignedUrl,
  'storage.getBucket': storageGetBucket,
  'storage.getBucketConfig': storageGetBucketConfig,
  'storage.getObject': storageGetObject,
  'storage.getObjectStream': storageGetObjectStream,
  'storage.getTags': storageGetTags,
  'storage.headObject': storageHeadObject,
  'storage.listBuckets': storageListBuckets,
  'storage.listObjects': storageListObjects,
  'storage.listParts': storageListParts,
  'storage.listUploads': storageListUploads,
  'storage.listVersions': storageListVersions,
  'storage.putObject': storagePutObject,
  'storage.putObjectStream': storagePutObjectStream,
  'storage.putTags': storagePutTags,
  'storage.restoreObject': storageRestoreObject,
  'storage.startMultipartUpload': storageStartMultipartUpload,
  'storage.updateBucketConfig': storageUpdateBucketConfig,
  'storage.uploadPart': storageUploadPart,
} as const;
