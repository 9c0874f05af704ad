/** EndpointSlice's LabelManagedBy in k8s.io/api: another controller may well leave pods out on purpose. */
export const SLICE_CONTROLLER = 'endpointslice-controller.k8s.io'
